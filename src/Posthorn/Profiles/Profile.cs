using Posthorn.Retrying;
using Posthorn.Signing;

namespace Posthorn.Profiles;

/// <summary>The wire contract of one family of webhooks, as data: a new family is one of these and a golden file.</summary>
public sealed record Profile
{
    /// <summary>The name an envelope calls it by.</summary>
    public required string Name { get; init; }

    /// <summary>How the body to POST is made of the envelope's data.</summary>
    public BodyLayout Body { get; init; } = BodyLayout.Data;

    /// <summary>How it is signed; null is never.</summary>
    public SignatureContract? Signature { get; init; }

    /// <summary>Headers besides the signature's. One whose placeholders have no value is left out.</summary>
    public IReadOnlyList<HeaderTemplate> Headers { get; init; } = [];

    /// <summary>The User-Agent; null sends none.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Statuses that mean delivered. Default: 200–299.</summary>
    public StatusSet Success { get; init; } = StatusSet.Parse("200-299");

    /// <summary>Statuses that no retry will change. Default: none.</summary>
    public StatusSet Final { get; init; } = StatusSet.Empty;

    /// <summary>Statuses that mean the endpoint no longer exists. Default: 410.</summary>
    public StatusSet Gone { get; init; } = StatusSet.Parse("410");

    /// <summary>When to try again.</summary>
    public required RetrySchedule Retry { get; init; }

    /// <summary>The deadline of one attempt, from the connect to the end of the exchange. Default: 15 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an envelope is worth delivering; null is for as long as its schedule lasts.</summary>
    public TimeSpan? Expiry { get; init; }

    /// <summary>From when <see cref="Expiry"/> counts. Default: the acceptance.</summary>
    public ExpiryStart ExpiryFrom { get; init; } = ExpiryStart.Accepted;

    /// <summary>The deadline of an envelope; null when it has none.</summary>
    /// <param name="eventTime">When the event happened.</param>
    /// <param name="acceptedAt">When the envelope was accepted, or when it is to be sent if that is later.</param>
    public DateTimeOffset? Deadline(DateTimeOffset eventTime, DateTimeOffset acceptedAt)
    {
        if (Expiry is not { } expiry) return null;
        var start = ExpiryFrom == ExpiryStart.Event ? eventTime : acceptedAt;
        return start > DateTimeOffset.MaxValue - expiry ? null : start + expiry;
    }

    /// <summary>What becomes of an expired envelope. Default: a dead letter.</summary>
    public ExpiryAction OnExpiry { get; init; } = ExpiryAction.DeadLetter;

    /// <summary>The event types of the family, as its document names them. Default: none, which is any.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>
    /// Where the data holds the id of what the event is about, such as <c>job_id</c> or <c>context.source_path</c>; the first that is
    /// there counts. Default: none.
    /// </summary>
    public IReadOnlyList<string> Entity { get; init; } = [];

    /// <summary>What operators call what it is about, in the log lines that their document tells them to watch; null writes none.</summary>
    public string? EntityNoun { get; init; }

    /// <summary>Which events of a type are sent to an endpoint, by the type. Default: all.</summary>
    public IReadOnlyDictionary<string, ThrottleRule> Throttle { get; init; } = new Dictionary<string, ThrottleRule>(0);

    /// <summary>Whether an endpoint must answer a challenge before it gets events. Default: no.</summary>
    public bool VerifiesEndpoints { get; init; }

    /// <summary>Whether receivers are told the trace that an attempt belongs to (<c>traceparent</c>, <c>tracestate</c>). Default: no.</summary>
    public bool TraceContext { get; init; }

    /// <summary>Whether <c>WEBHOOK_TIMEOUT</c>, <c>WEBHOOK_MAX_RETRIES</c> and <c>WEBHOOK_RETRY_DELAY</c> change it.</summary>
    public bool HonoursWebhookVariables { get; init; }
}

/// <summary>One header beside the signature.</summary>
/// <param name="Name">The header's name, in the case it is sent in.</param>
/// <param name="Value">Its value.</param>
public sealed record HeaderTemplate(string Name, Template Value);

/// <summary>How a body is signed.</summary>
public sealed record SignatureContract
{
    /// <summary>The header that carries the signatures.</summary>
    public required string Header { get; init; }

    /// <summary>One signature's text, such as <c>sha256={hex}</c>.</summary>
    public required Template Value { get; init; }

    /// <summary>What is signed, such as <c>{id}.{unix}.{body}</c>.</summary>
    public required Template Content { get; init; }

    /// <summary>How the secret becomes the HMAC-SHA256 key.</summary>
    public KeyEncoding Key { get; init; } = KeyEncoding.Utf8;

    /// <summary>Stands once before all signatures, such as Stripe's <c>t={unix},</c>.</summary>
    public Template? Prefix { get; init; }

    /// <summary>
    /// Stands between signatures while a secret rotates; null: the header takes one signature, that of the newest secret.
    /// </summary>
    public string? Separator { get; init; }
}

/// <summary>The moment an expiry counts from.</summary>
public enum ExpiryStart
{
    /// <summary>The envelope's acceptance, or its <c>deliver_after</c> when that is later.</summary>
    Accepted,

    /// <summary>The envelope's own <c>time</c>.</summary>
    Event,
}

/// <summary>What becomes of an envelope whose deadline passed.</summary>
public enum ExpiryAction
{
    /// <summary>A dead letter with the reason <c>Expired</c>.</summary>
    DeadLetter,

    /// <summary>Recorded, counted and gone.</summary>
    Drop,
}
