using Posthorn.Envelopes;
using Posthorn.Recovery;

namespace Posthorn.Worker.Api.Answers;

/// <summary>A recovery, and how far it has come.</summary>
public sealed record RecoveryAnswer
{
    /// <inheritdoc cref="RecoveryRun.Id"/>
    public required string Id { get; init; }

    /// <summary>The endpoint.</summary>
    public required string WebhookId { get; init; }

    /// <summary><c>running</c>, <c>completed</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    /// <inheritdoc cref="RecoveryRun.Detail"/>
    public string? Detail { get; init; }

    /// <inheritdoc cref="RecoveryRun.Since"/>
    public required string Since { get; init; }

    /// <inheritdoc cref="RecoveryRun.Until"/>
    public required string Until { get; init; }

    /// <inheritdoc cref="RecoveryRun.Rate"/>
    public required int Rate { get; init; }

    /// <inheritdoc cref="RecoveryRun.Examined"/>
    public required int Examined { get; init; }

    /// <inheritdoc cref="RecoveryRun.Replayed"/>
    public required int Replayed { get; init; }

    /// <inheritdoc cref="RecoveryRun.Sent"/>
    public required int Sent { get; init; }

    /// <inheritdoc cref="RecoveryRun.CreatedAt"/>
    public required string CreatedAt { get; init; }

    /// <inheritdoc cref="RecoveryRun.UpdatedAt"/>
    public required string UpdatedAt { get; init; }

    internal static RecoveryAnswer Of(RecoveryRun run) => new()
    {
        Id = run.Id,
        WebhookId = run.EndpointId,
        Status = Names.Of(run.State),
        Detail = run.Detail,
        Since = Rfc3339.Format(run.Since),
        Until = Rfc3339.Format(run.Until),
        Rate = run.Rate,
        Examined = run.Examined,
        Replayed = run.Replayed,
        Sent = run.Sent,
        CreatedAt = Rfc3339.Format(run.CreatedAt),
        UpdatedAt = Rfc3339.Format(run.UpdatedAt),
    };
}

/// <summary>The newest recoveries of an endpoint.</summary>
/// <param name="Recoveries">The recoveries, newest first.</param>
public sealed record RecoveriesAnswer(IReadOnlyList<RecoveryAnswer> Recoveries);
