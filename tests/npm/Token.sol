// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The least that is an ERC-20 token, for tests.
contract Token {
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 amount);

    constructor(address holder) {
        balanceOf[holder] = 1_000_000;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        require(balanceOf[msg.sender] >= amount, "balance");
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        emit Transfer(msg.sender, to, amount);
        return true;
    }
}

/// Code that an account may delegate to (EIP-7702), for tests.
contract Delegate {
    receive() external payable {}

    function whoami() external view returns (address) {
        return address(this);
    }
}
