using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Posthorn.Envelopes;

/// <summary>
/// What RFC 8259 leaves open and a wire format cannot: one value, valid UTF-8, no duplicate keys, no lone surrogates, no numbers
/// beyond a double, no depth over <see cref="MaxDepth"/>.
/// </summary>
internal static class StrictJson
{
    /// <summary>The deepest nesting accepted, the envelope itself counted.</summary>
    public const int MaxDepth = 64;

    /// <summary>The most faults that are told of one envelope; a hostile one could have hundreds of thousands.</summary>
    public const int MaxErrors = 100;

    private const int MaxPath = 300;

    /// <summary>Notes everything that is wrong, each with its JSON path.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="noun">What it is, for the errors: <c>an envelope</c>.</param>
    /// <param name="errors">Where to note what is wrong.</param>
    /// <returns>Whether the text can be read as JSON at all.</returns>
    public static bool Check(ReadOnlySpan<byte> utf8, string noun, ICollection<EnvelopeError> errors)
    {
        if (utf8.IsEmpty) return Fail(errors, $"is empty; {noun} is a JSON object");
        if (!Utf8.IsValid(utf8)) return Fail(errors, "is not valid UTF-8");
        var walk = new Walk(errors);
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (errors.Count < MaxErrors && reader.Read()) walk.Visit(ref reader);
            return !walk.HasUnreadableName && errors.Count < MaxErrors;
        }
        catch (JsonException broken)
        {
            var place = $"line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}";
            var tooDeep = walk.Depth >= MaxDepth && broken.Message.Contains("depth", StringComparison.OrdinalIgnoreCase);
            errors.Add(new EnvelopeError(walk.Path, tooDeep ? $"is nested deeper than {MaxDepth} levels" : $"is not valid JSON at {place}"));
            return false;
        }
    }

    private static bool Fail(ICollection<EnvelopeError> errors, string detail)
    {
        errors.Add(new EnvelopeError("$", detail));
        return false;
    }

    /// <summary>Where the reader is, and what it has seen there.</summary>
    private sealed class Walk(ICollection<EnvelopeError> errors)
    {
        private readonly Stack<Level> _levels = new();

        public int Depth => _levels.Count;

        /// <summary>Whether a name holds half a surrogate pair: such an object cannot be searched by name.</summary>
        public bool HasUnreadableName { get; private set; }

        public string Path
        {
            get
            {
                var path = new StringBuilder("$");
                foreach (var level in _levels.Reverse()) path.Append(level.Step);
                return path.Length <= MaxPath ? path.ToString() : path.ToString(0, MaxPath) + "…";
            }
        }

        public void Visit(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    VisitName(ref reader);
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    CountItem();
                    _levels.Push(new Level(reader.TokenType == JsonTokenType.StartArray));
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    _levels.Pop();
                    break;
                case JsonTokenType.String:
                    CountItem();
                    TryText(ref reader);
                    break;
                case JsonTokenType.Number:
                    CountItem();
                    if (!(reader.TryGetDouble(out var number) && double.IsFinite(number))) Note("holds a number beyond the range of a double");
                    break;
                default:
                    CountItem();
                    break;
            }
        }

        private void VisitName(ref Utf8JsonReader reader)
        {
            var level = _levels.Peek();
            level.Name = null;
            if (TryText(ref reader, always: true) is not { } name)
            {
                HasUnreadableName = true;
                return;
            }

            level.Name = name;
            if (!level.Names.Add(name)) Note("occurs twice in one object");
        }

        private string? TryText(ref Utf8JsonReader reader, bool always = false)
        {
            if (!always && !reader.ValueIsEscaped) return null;
            try
            {
                return reader.GetString();
            }
            catch (InvalidOperationException)
            {
                Note("holds half of a surrogate pair, which is no character");
                return null;
            }
        }

        private void CountItem()
        {
            if (_levels.TryPeek(out var level) && level.IsArray) level.Index++;
        }

        private void Note(string detail) => errors.Add(new EnvelopeError(Path, detail));
    }

    private sealed class Level(bool isArray)
    {
        private HashSet<string>? _names;

        public bool IsArray => isArray;

        public int Index { get; set; } = -1;

        public string? Name { get; set; }

        public HashSet<string> Names => _names ??= new HashSet<string>(StringComparer.Ordinal);

        public string Step =>
            isArray ? (Index < 0 ? "" : $"[{Index.ToString(CultureInfo.InvariantCulture)}]")
            : Name is null ? ""
            : IsPlain(Name) ? $".{Name}"
            : $"['{EnvelopeError.Shown(Name).Trim('\'')}']";

        private static bool IsPlain(string name) => name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
    }
}
