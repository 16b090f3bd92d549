using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;
using Posthorn.Envelopes;
using Posthorn.Worker.Api.Answers;

namespace Posthorn.Worker.Api;

/// <summary>An error answer (RFC 9457), with every fault found and its JSON path.</summary>
public sealed record Problem : IResult
{
    /// <summary>The status's own name.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What to do about it.</summary>
    public required string Detail { get; init; }

    /// <summary>Every fault.</summary>
    public IReadOnlyList<Fault>? Errors { get; init; }

    /// <summary>Of a stream: how many lines before the fault are accepted, durably.</summary>
    public int? Accepted { get; init; }

    /// <summary>Of a stream: their ids.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>An error, with its single faults if it has any.</summary>
    public static Problem Of(int status, string detail, IReadOnlyList<Fault>? errors = null) =>
        new() { Status = status, Title = ReasonPhrases.GetReasonPhrase(status), Detail = detail, Errors = errors };

    /// <summary>There is no such thing, or none for this caller: who may not see it is not told that it is there.</summary>
    public static Problem NotFound(string detail) => Of(StatusCodes.Status404NotFound, detail);

    /// <summary>A request whose body is wrong.</summary>
    public static Problem Invalid(IReadOnlyList<EnvelopeError> errors) =>
        Of(StatusCodes.Status400BadRequest, "Nothing was changed.", [.. errors.Select(error => Fault.Of(error, "$"))]);

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        httpContext.Response.StatusCode = Status;
        return httpContext.Response.WriteAsJsonAsync(this, AnswerJson.Default.Problem, "application/problem+json", httpContext.RequestAborted);
    }
}

/// <summary>One fault: where, and what.</summary>
/// <param name="Path">A JSON path in the request's body.</param>
/// <param name="Detail">What is wrong there.</param>
public sealed record Fault(string Path, string Detail)
{
    /// <summary>An envelope's error, at its place in the request: <c>$</c>, or <c>$[3]</c> in an array or a stream.</summary>
    public static Fault Of(EnvelopeError error, string root)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new Fault(root + error.Path[1..], error.Detail);
    }
}

/// <summary>The answer to what was accepted.</summary>
/// <param name="Accepted">How many envelopes are on the queue, durably.</param>
/// <param name="Duplicates">How many of them were there before.</param>
/// <param name="Ids">Their ids, in order.</param>
public sealed record AcceptedAnswer(int Accepted, int Duplicates, IReadOnlyList<string> Ids)
{
    /// <summary>202 with these ids.</summary>
    public static IResult Result(IReadOnlyList<string> ids, int duplicates)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Results.Json(new AcceptedAnswer(ids.Count, duplicates, ids), AnswerJson.Default.AcceptedAnswer, statusCode: StatusCodes.Status202Accepted);
    }
}

/// <summary>
/// The answer to <c>GET /api/queue</c>; a count that the queue cannot tell now is null. The oldest age is in seconds, null when the queue
/// is empty.
/// </summary>
public sealed record QueueAnswer(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Active,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Scheduled,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Locked,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Dead,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? OldestAgeSeconds);

/// <summary>The answer of a health probe.</summary>
public sealed record HealthAnswer(string Status, string? Detail);
