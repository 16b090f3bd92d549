using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Posthorn.Signing;

/// <summary>A secret that cannot print itself: not as text, not in a debugger, not as JSON.</summary>
[DebuggerDisplay("***")]
[JsonConverter(typeof(RedactingSecretConverter))]
public sealed class SigningSecret : IEquatable<SigningSecret>
{
    /// <summary>What stands where a secret would.</summary>
    public const string Redacted = "***";

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string _value;

    /// <summary>Wraps a secret.</summary>
    /// <exception cref="ArgumentException">The secret is empty.</exception>
    public SigningSecret(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        _value = value;
    }

    /// <summary>The secret itself: for a key, a header or a seal, and nothing else.</summary>
    public string Reveal() => _value;

    /// <inheritdoc/>
    public override string ToString() => Redacted;

    /// <inheritdoc/>
    public bool Equals(SigningSecret? other) => other is not null && string.Equals(_value, other._value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SigningSecret);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);
}

/// <summary>Writes every secret as <see cref="SigningSecret.Redacted"/>, and reads none.</summary>
internal sealed class RedactingSecretConverter : JsonConverter<SigningSecret>
{
    public override SigningSecret? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("A secret is not read by a serializer.");

    public override void Write(Utf8JsonWriter writer, SigningSecret value, JsonSerializerOptions options) => writer.WriteStringValue(SigningSecret.Redacted);
}
