using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Posthorn.Sending;

namespace Posthorn.Client;

/// <summary>What one try at the API came to.</summary>
internal abstract record ApiAnswer
{
    private ApiAnswer()
    {
    }

    /// <summary>Accepted, durably.</summary>
    public sealed record Accepted : ApiAnswer;

    /// <summary>Not accepted, whenever it is tried.</summary>
    public sealed record Rejected(HttpStatusCode Status, string Detail, IReadOnlyList<RejectionFault> Faults) : ApiAnswer;

    /// <summary>Not accepted now, or the answer was lost.</summary>
    public sealed record Unavailable(string Detail, TimeSpan? RetryAfter = null, Exception? Cause = null) : ApiAnswer;

    /// <summary>Reads an answer whose body is in memory.</summary>
    public static async Task<ApiAnswer> ReadAsync(HttpResponseMessage response, DateTimeOffset now)
    {
        var body = await response.Content.ReadAsByteArrayAsync(CancellationToken.None);
        if (response.StatusCode == HttpStatusCode.Accepted && Parse(body, ApiAnswerJson.Default.AcceptedAnswer) is { Ids: not null }) return new Accepted();
        var problem = Parse(body, ApiAnswerJson.Default.ProblemAnswer);
        var detail = problem?.Detail ?? problem?.Title ?? "not an answer of a Posthorn API";
        return IsPassing(response.StatusCode)
            ? new Unavailable($"HTTP {(int)response.StatusCode}: {detail}", RetryAfterHint.Of(response, now))
            : new Rejected(response.StatusCode, detail, problem?.Errors ?? []);
    }

    private static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    /// <summary>The value, or null: what stands between may answer with anything.</summary>
    private static T? Parse<T>(byte[] body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The body of a 202.</summary>
internal sealed record AcceptedAnswer(IReadOnlyList<string>? Ids);

/// <summary>The body of an error (RFC 9457).</summary>
internal sealed record ProblemAnswer(string? Title, string? Detail, IReadOnlyList<RejectionFault>? Errors);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AcceptedAnswer))]
[JsonSerializable(typeof(ProblemAnswer))]
internal sealed partial class ApiAnswerJson : JsonSerializerContext;
