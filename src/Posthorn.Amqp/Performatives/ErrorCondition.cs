namespace Posthorn.Amqp.Performatives;

/// <summary>The error conditions the specification names (AMQP 1.0 §2.8.15–18, §4.5.8).</summary>
public static class ErrorCondition
{
    /// <summary>Something of ours broke.</summary>
    public const string InternalError = "amqp:internal-error";

    /// <summary>There is no such node.</summary>
    public const string NotFound = "amqp:not-found";

    /// <summary>The peer may not do this.</summary>
    public const string UnauthorizedAccess = "amqp:unauthorized-access";

    /// <summary>The bytes are no AMQP.</summary>
    public const string DecodeError = "amqp:decode-error";

    /// <summary>The peer has had all it may have.</summary>
    public const string ResourceLimitExceeded = "amqp:resource-limit-exceeded";

    /// <summary>The state of things doesn't allow this.</summary>
    public const string NotAllowed = "amqp:not-allowed";

    /// <summary>A field has a value it cannot have.</summary>
    public const string InvalidField = "amqp:invalid-field";

    /// <summary>It is not implemented here.</summary>
    public const string NotImplemented = "amqp:not-implemented";

    /// <summary>Somebody else has the resource.</summary>
    public const string ResourceLocked = "amqp:resource-locked";

    /// <summary>A condition of the request doesn't hold.</summary>
    public const string PreconditionFailed = "amqp:precondition-failed";

    /// <summary>The resource was deleted.</summary>
    public const string ResourceDeleted = "amqp:resource-deleted";

    /// <summary>The state of the peer doesn't permit it.</summary>
    public const string IllegalState = "amqp:illegal-state";

    /// <summary>What is to be sent doesn't fit the peer's frames.</summary>
    public const string FrameSizeTooSmall = "amqp:frame-size-too-small";

    /// <summary>The server wants to end the connection; it may be made anew.</summary>
    public const string ConnectionForced = "amqp:connection:forced";

    /// <summary>A frame that is none.</summary>
    public const string FramingError = "amqp:connection:framing-error";

    /// <summary>More transfers than the session's window allows.</summary>
    public const string WindowViolation = "amqp:session:window-violation";

    /// <summary>Transfers on a link after it was ended with an error.</summary>
    public const string ErrantLink = "amqp:session:errant-link";

    /// <summary>An attach on a handle that is taken.</summary>
    public const string HandleInUse = "amqp:session:handle-in-use";

    /// <summary>A frame for a handle that no link has.</summary>
    public const string UnattachedHandle = "amqp:session:unattached-handle";

    /// <summary>The server wants to end the link; it may be made anew.</summary>
    public const string DetachForced = "amqp:link:detach-forced";

    /// <summary>More messages than there was credit for.</summary>
    public const string TransferLimitExceeded = "amqp:link:transfer-limit-exceeded";

    /// <summary>A message larger than the link takes.</summary>
    public const string MessageSizeExceeded = "amqp:link:message-size-exceeded";

    /// <summary>The link was attached elsewhere.</summary>
    public const string Stolen = "amqp:link:stolen";

    /// <summary>There is no such transaction.</summary>
    public const string UnknownTransaction = "amqp:transaction:unknown-id";

    /// <summary>The transaction was rolled back.</summary>
    public const string TransactionRollback = "amqp:transaction:rollback";

    /// <summary>The transaction took too long.</summary>
    public const string TransactionTimeout = "amqp:transaction:timeout";
}
