using Posthorn.Retrying;
using Posthorn.Signing;

namespace Posthorn.Profiles;

/// <summary>The wire contracts that come with the product. Where a system's document is silent, the value of <see cref="Standard"/> holds.</summary>
public static class BuiltInProfiles
{
    /// <summary>The profile of an envelope that names none.</summary>
    public const string DefaultName = "standard";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Standard Webhooks 1.0.</summary>
    public static Profile Standard { get; } = new()
    {
        Name = DefaultName,
        Signature = new SignatureContract
        {
            Header = "webhook-signature",
            Value = Template.Parse("v1,{base64}"),
            Content = Template.Parse("{id}.{unix}.{body}"),
            Key = KeyEncoding.Whsec,
            Separator = " ",
        },
        Headers = [Header("webhook-id", "{id}"), Header("webhook-timestamp", "{unix}")],
        Retry = RetrySchedule.Listed(
        [
            5 * Second, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
            TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
        ]),
        Timeout = 15 * Second,
        Expiry = TimeSpan.FromDays(4),
    };

    private static readonly Profile Morag = new()
    {
        Name = "morag",
        Signature = OverBody("X-MoRAG-Signature", "sha256={hex}"),
        Retry = RetrySchedule.Exponential(3, 5 * Second, RetrySchedule.DefaultCap),
        Timeout = 30 * Second,
        Expiry = Standard.Expiry,
        HonoursWebhookVariables = true,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Profile> All { get; } =
    [
        Standard,
        Morag with { Name = "morag-stage", Events = ["stage_completed", "pipeline_completed"], Entity = ["context.source_path"] },
        Morag with { Name = "morag-step", Events = ["step_started", "step_completed", "step_failed"], Entity = ["task_id"] },
        Morag with
        {
            Name = "morag-task",
            Body = new BodyLayout { TypeKey = "event_type", TimeKey = "timestamp", DataKey = "data" },
            Events = ["task_started", "task_progress", "task_completed", "task_failed"],
            Entity = ["task_id"],
            Throttle = new Dictionary<string, ThrottleRule>(StringComparer.Ordinal) { ["task_progress"] = new ThrottleRule.Milestones("progress", [0.25, 0.5, 0.75]) },
        },
        new()
        {
            Name = "papr-batch",
            Signature = OverBody("X-Webhook-Signature", "sha256={hex}"),
            Headers = [Header("X-Webhook-Secret", "{secret}"), Header("X-Webhook-Event", "{type}"), Header("X-Webhook-Timestamp", "{unix}")],
            UserAgent = "PaprMemory-BatchWebhook/1.0",
            Success = StatusSet.Parse("200-202"),
            Gone = StatusSet.Empty,
            Retry = RetrySchedule.Exponential(5, Second, RetrySchedule.DefaultCap),
            Timeout = 30 * Second,
            Expiry = Standard.Expiry,
            HonoursWebhookVariables = true,
            Events = ["batch.completed"],
            Entity = ["batch_id"],
            EntityNoun = "batch",
        },
        Standard with
        {
            Name = "file-conversion",
            Body = new BodyLayout { TypeKey = "event", TimeKey = "timestamp", DataKey = "data" },
            Signature = OverBody("X-Webhook-Signature", "{hex}"),
            Headers = [],
            Timeout = 10 * Second,
            Events = ["document.uploaded", "document.processing", "document.completed", "document.error", "document.deleted"],
            Entity = ["document_id"],
        },
        new()
        {
            Name = "proposal",
            Body = new BodyLayout { IdKey = "id", TypeKey = "type", TimeKey = "timestamp", DataKey = "data" },
            Signature = OverBody("X-Webhook-Signature", "{hex}"),
            Final = StatusSet.Parse("400-407", "409-424", "426-428", "430-499"),
            Retry = RetrySchedule.Listed([Second, 2 * Second, 4 * Second, 8 * Second, 16 * Second]),
            Timeout = 5 * Second,
            Expiry = TimeSpan.FromHours(24),
            ExpiryFrom = ExpiryStart.Event,
            OnExpiry = ExpiryAction.Drop,
            Events = ["job.created", "job.started", "job.progress", "job.completed", "job.failed", "document.created", "proposal.created"],
            Entity = ["job_id", "document_id", "proposal_id"],
            Throttle = new Dictionary<string, ThrottleRule>(StringComparer.Ordinal) { ["job.progress"] = new ThrottleRule.Window(TimeSpan.FromSeconds(10)) },
            VerifiesEndpoints = true,
        },
    ];

    private static SignatureContract OverBody(string header, string value) =>
        new() { Header = header, Value = Template.Parse(value), Content = Template.Parse("{body}") };

    private static HeaderTemplate Header(string name, string value) => new(name, Template.Parse(value));
}
