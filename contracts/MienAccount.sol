// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// An account of three keys, of which two are needed for whatever matters:
///   owner     the person's own key; pays small amounts alone
///   attestor  the co-signer's key, which signs only what a face proof and a policy allow
///   recovery  kept elsewhere; stands in for either of the others
/// Alone the owner may send plain value up to `limit` within a window of a day. Everything else, that is
/// larger amounts, any call with data, and changes of keys or limit, takes an attestation: an EIP-712
/// signature by a second key over the one call, this contract, this chain, a nonce and a deadline.
/// So: owner and attestor, owner and recovery, or recovery and attestor.
contract MienAccount {
    struct Call {
        address to;
        uint256 value;
        bytes data;
        uint256 nonce;
        uint256 deadline;
    }

    uint256 public constant WINDOW = 1 days;
    bytes32 private constant CALL_TYPE =
        keccak256("Execute(address to,uint256 value,bytes data,uint256 nonce,uint256 deadline)");
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    /// Half the group order of secp256k1: a signature has one valid form, with s not above this.
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    address public owner;
    address public attestor;
    address public recovery;
    uint256 public limit;
    uint256 public windowStart;
    uint256 public windowSpent;
    /// Of the next attested call.
    uint256 public nonce;
    bool private entered;

    event Executed(address indexed to, uint256 value, bytes data);
    event ExecutedAttested(uint256 indexed nonce, address indexed to, uint256 value, bytes data, address second);
    event KeysChanged(address owner, address attestor, address recovery);
    event LimitChanged(uint256 limit);

    error NotAllowed();
    error AboveLimit();
    error WrongNonce();
    error Expired();
    error BadAttestation();
    error BadKeys();
    error Reentered();
    error CallFailed(bytes reason);

    constructor(address owner_, address attestor_, address recovery_, uint256 limit_) payable {
        _setKeys(owner_, attestor_, recovery_);
        limit = limit_;
        emit LimitChanged(limit_);
    }

    receive() external payable {}

    modifier once() {
        if (entered) revert Reentered();
        entered = true;
        _;
        entered = false;
    }

    modifier onlyItself() {
        if (msg.sender != address(this)) revert NotAllowed();
        _;
    }

    /// Plain value, by the owner alone, within the limit.
    function execute(address to, uint256 value) external once {
        if (msg.sender != owner) revert NotAllowed();
        // block.timestamp is good enough for days
        if (block.timestamp - windowStart >= WINDOW) {
            windowStart = block.timestamp;
            windowSpent = 0;
        }
        if (value > limit || windowSpent > limit - value) revert AboveLimit();
        windowSpent += value;
        emit Executed(to, value, "");
        _call(to, value, "");
    }

    /// Anything, by two keys: who sends this, and who signed the attestation.
    function executeAttested(Call calldata call, bytes calldata attestation) external once returns (bytes memory) {
        if (msg.sender != owner && msg.sender != recovery) revert NotAllowed();
        if (block.timestamp > call.deadline) revert Expired();
        if (call.nonce != nonce) revert WrongNonce();
        address second = _signer(digest(call), attestation);
        if ((second != attestor && second != recovery) || second == msg.sender) revert BadAttestation();
        nonce = call.nonce + 1; // before the call, so that it is good once whatever the call does
        emit ExecutedAttested(call.nonce, call.to, call.value, call.data, second);
        return _call(call.to, call.value, call.data);
    }

    function setKeys(address owner_, address attestor_, address recovery_) external onlyItself {
        _setKeys(owner_, attestor_, recovery_);
    }

    function setLimit(uint256 limit_) external onlyItself {
        limit = limit_;
        emit LimitChanged(limit_);
    }

    /// What an attestation signs. The domain is computed anew each time: after a fork of the chain it differs.
    function digest(Call calldata call) public view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("MienAccount"), keccak256("1"), block.chainid, address(this))
        );
        bytes32 message = keccak256(
            abi.encode(CALL_TYPE, call.to, call.value, keccak256(call.data), call.nonce, call.deadline)
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function _setKeys(address owner_, address attestor_, address recovery_) private {
        if (
            owner_ == address(0) || attestor_ == address(0) || recovery_ == address(0) || owner_ == attestor_
                || owner_ == recovery_ || attestor_ == recovery_ || owner_ == address(this)
                || recovery_ == address(this)
        ) revert BadKeys();
        owner = owner_;
        attestor = attestor_;
        recovery = recovery_;
        emit KeysChanged(owner_, attestor_, recovery_);
    }

    function _call(address to, uint256 value, bytes memory data) private returns (bytes memory) {
        (bool done, bytes memory result) = to.call{value: value}(data);
        if (!done) revert CallFailed(result);
        return result;
    }

    /// r, s and v, in one form only: 65 bytes, low s, v of 27 or 28. Never address zero.
    function _signer(bytes32 hash, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65) revert BadAttestation();
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v = uint8(signature[64]);
        if (uint256(s) > HALF_ORDER || (v != 27 && v != 28)) revert BadAttestation();
        address signer = ecrecover(hash, v, r, s);
        if (signer == address(0)) revert BadAttestation();
        return signer;
    }
}
