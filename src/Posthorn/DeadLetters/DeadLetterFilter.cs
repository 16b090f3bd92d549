using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Posthorn.DeadLetters.Filtering;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.DeadLetters;

/// <summary>Which dead letters an operator means. Terms of different names must all fit; of those of one name, one.</summary>
public sealed class DeadLetterFilter
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = StrictJson.MaxDepth, AllowDuplicateProperties = false };

    // Leaves quotes and comparisons readable.
    private static readonly FilterJson Json = new(new JsonSerializerOptions(FilterJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly TermTest.OfSummary[][] _summaries;
    private readonly PayloadExpression[] _payloads;

    private DeadLetterFilter(IReadOnlyList<TermTest> tests)
    {
        Terms = [.. tests.Select(test => test.Term)];
        _summaries = [.. tests.OfType<TermTest.OfSummary>().GroupBy(test => test.Term.Name).OrderBy(group => group.First().Cost).Select(group => group.ToArray())];
        _payloads = [.. tests.OfType<TermTest.OfPayload>().Select(test => test.Expression)];
    }

    /// <summary>The filter without a term: every dead letter fits.</summary>
    public static DeadLetterFilter Everything { get; } = new([]);

    /// <summary>What terms may ask for.</summary>
    public static IReadOnlyList<FilterField> Fields { get; } = [.. FieldReader.All.Select(reader => reader.Field)];

    /// <summary>The terms, in the order in which they were given; a duration before now has become a time.</summary>
    public IReadOnlyList<FilterTerm> Terms { get; }

    /// <summary>Whether it has no term.</summary>
    public bool IsEverything => Terms.Count == 0;

    /// <summary>Whether <see cref="MatchesPayload"/> has a say.</summary>
    public bool NeedsPayload => _payloads.Length > 0;

    /// <summary>Reads terms.</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="now">What a duration counts back from.</param>
    /// <exception cref="FilterException">One of them cannot be read.</exception>
    public static DeadLetterFilter Parse(IEnumerable<FilterTerm> terms, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return new DeadLetterFilter([.. terms.Select(term => FieldReader.ReadTerm(term, now))]);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">It did not write that.</exception>
    public static DeadLetterFilter FromJson(string json)
    {
        try
        {
            var terms = JsonSerializer.Deserialize(json, Json.IReadOnlyListFilterTerm) ?? throw new JsonException("null"); // To take it for no term would widen it.
            return Parse(terms.Select(term => term ?? throw new JsonException("a term is null")), DateTimeOffset.MinValue); // No duration is kept, so there is no now.
        }
        catch (Exception broken) when (broken is JsonException or FilterException)
        {
            throw new FormatException($"this is no filter as it is kept: {broken.Message}", broken);
        }
    }

    /// <summary>Whether a dead letter fits, as far as its summary tells: all terms but <c>where</c>.</summary>
    public bool Matches(DeadLetterSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        foreach (var tests in _summaries)
            if (!MatchesOne(tests, summary)) return false;
        return true;
    }

    /// <summary>Whether a payload fits: the terms <c>where</c>.</summary>
    /// <param name="payload">The body to POST. What is no JSON, or has a name twice in an object, fits none of them.</param>
    public bool MatchesPayload(ReadOnlyMemory<byte> payload)
    {
        if (!NeedsPayload) return true;
        if (!Utf8.IsValid(payload.Span)) return false;
        try
        {
            using var document = JsonDocument.Parse(payload, Strict);
            return _payloads.Any(expression => expression.Matches(document.RootElement));
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            // No JSON; or half a surrogate pair, or an exponent beyond all bounds, in what was asked for: nothing can be said of it.
            return false;
        }
    }

    /// <summary>The terms as JSON: the form in which a filter is kept.</summary>
    public string ToJson() => JsonSerializer.Serialize(Terms, Json.IReadOnlyListFilterTerm);

    /// <summary>The terms as they are written on a command line.</summary>
    public override string ToString() =>
        IsEverything ? "everything" : string.Join(' ', Terms.Select(term => $"--{term.Name} {ShellText.Quote(term.Value)}"));

    private static bool MatchesOne(TermTest.OfSummary[] tests, DeadLetterSummary summary)
    {
        foreach (var test in tests)
            if (test.Matches(summary)) return true;
        return false;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<FilterTerm>))]
internal sealed partial class FilterJson : JsonSerializerContext;
