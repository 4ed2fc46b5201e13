// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface IAccount {
    struct Call {
        address to;
        uint256 value;
        bytes data;
        uint256 nonce;
        uint256 deadline;
    }

    function execute(address to, uint256 value) external;
    function executeAttested(Call calldata call, bytes calldata attestation) external returns (bytes memory);
}

/// An owner that is a contract, and calls the account again when the account pays it.
contract Reenter {
    IAccount public account;
    IAccount.Call private call;
    bytes private attestation;
    bool private attested;
    bytes public refusal;
    uint256 public times;

    function prepare(IAccount account_, IAccount.Call calldata call_, bytes calldata attestation_, bool attested_) external {
        (account, call, attestation, attested) = (account_, call_, attestation_, attested_);
    }

    function start() external {
        times = 0;
        _again();
    }

    receive() external payable {
        times++;
        if (times > 1) return;
        try this.again() {} catch (bytes memory reason) {
            refusal = reason;
        }
    }

    function again() external {
        _again();
    }

    function _again() private {
        if (attested) account.executeAttested(call, attestation);
        else account.execute(address(this), 1);
    }
}

contract Refuses {
    error No();

    receive() external payable {
        revert No();
    }
}
