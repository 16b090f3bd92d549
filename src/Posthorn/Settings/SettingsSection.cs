using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Posthorn.Settings;

/// <summary>
/// Reads one section of the configuration strictly: every wrong value and every unknown key is noted, so that one start names
/// them all. A value that is absent or wrong reads as the default.
/// </summary>
public sealed class SettingsSection(IConfiguration section, string path, ICollection<SettingError> errors)
{
    private const StringComparison IgnoreCase = StringComparison.OrdinalIgnoreCase;

    /// <summary>The section's path, such as <c>queue:sqlite</c>.</summary>
    public string Path { get; } = path;

    /// <summary>The names below this section.</summary>
    public IEnumerable<string> Names => section.GetChildren().Select(child => child.Key);

    /// <summary>Notes every key that is not one of these.</summary>
    public void AcceptOnly(params string[] names)
    {
        foreach (var name in Names.Where(name => !names.Contains(name, StringComparer.OrdinalIgnoreCase)))
            errors.Add(new SettingError(KeyOf(name), "there is no such setting", string.Join(", ", names)));
    }

    /// <summary>The section below this one; a text in its place is noted, and not shown, as it may be a secret.</summary>
    public SettingsSection Child(string name)
    {
        if (section[name] is { Length: > 0 }) errors.Add(new SettingError(KeyOf(name), "is a single value", "an object of settings"));
        return SectionOrText(name);
    }

    /// <summary>The section below this one, where a text may stand as well.</summary>
    public SettingsSection SectionOrText(string name) => new(section.GetSection(name), KeyOf(name), errors);

    /// <summary>Whether anything is set at or below the key.</summary>
    public bool Has(string name) => section.GetSection(name).Exists();

    /// <summary>A text; null when absent.</summary>
    public string? Text(string name) => section[name];

    /// <summary>Texts: a JSON array, or one text with commas between.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        var children = section.GetSection(name).GetChildren().Select(child => child.Value ?? "").ToList();
        if (children.Count > 0) return children;
        return section[name]?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool otherwise) =>
        section[name] is not { } text ? otherwise
        : bool.TryParse(text, out var flag) ? flag
        : Wrong(name, text, "true, false", otherwise);

    /// <summary>A whole number within bounds.</summary>
    public int Integer(string name, int otherwise, int min, int max) =>
        section[name] is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number
        : Wrong(name, text, $"a whole number from {min} to {max}", otherwise);

    /// <summary>A number within bounds.</summary>
    public double Number(string name, double otherwise, double min, double max) =>
        section[name] is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number
        : Wrong(name, text, $"a number from {min.ToString(CultureInfo.InvariantCulture)} to {max.ToString(CultureInfo.InvariantCulture)}", otherwise);

    /// <summary>A duration within bounds, written as <c>[d.]hh:mm:ss[.fff]</c>.</summary>
    public TimeSpan Duration(string name, TimeSpan otherwise, TimeSpan min, TimeSpan max) =>
        section[name] is not { } text ? otherwise
        : TryDuration(text, out var duration) && duration >= min && duration <= max ? duration
        : Wrong(name, text, $"a duration [d.]hh:mm:ss from {min:c} to {max:c}", otherwise);

    /// <summary>A duration; null when absent or empty.</summary>
    public TimeSpan? OptionalDuration(string name, TimeSpan? otherwise, TimeSpan min, TimeSpan max) =>
        section[name] is not { } text ? otherwise : text.Length == 0 ? null : Duration(name, min, min, max);

    /// <summary>A time in seconds as the five systems' environment variables hold it.</summary>
    public TimeSpan? Seconds(string name, double min, double max) =>
        section[name] is null ? null : TimeSpan.FromSeconds(Number(name, min, min, max));

    /// <summary>One of a closed set, spelled as in the configuration.</summary>
    public T Choice<T>(string name, T otherwise)
        where T : struct, Enum
    {
        if (section[name] is not { } text) return otherwise;
        var names = Enum.GetNames<T>();
        return Array.Exists(names, each => each.Equals(text, IgnoreCase))
            ? Enum.Parse<T>(text, ignoreCase: true)
            : Wrong(name, text, string.Join(", ", names.Select(Spelling)), otherwise);
    }

    /// <summary>Notes that a value is wrong, and reads it as the default.</summary>
    public T Wrong<T>(string name, string held, string accepted, T otherwise)
    {
        errors.Add(new SettingError(KeyOf(name), $"'{held}' is not accepted", accepted));
        return otherwise;
    }

    /// <summary>As <see cref="Wrong"/>, of a value that may be a secret and is not shown.</summary>
    public T WrongUnshown<T>(string name, string problem, string accepted, T otherwise)
    {
        errors.Add(new SettingError(KeyOf(name), problem, accepted));
        return otherwise;
    }

    /// <summary>Reads a duration; a bare number, which .NET takes for days, is none.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration);
    }

    private static string Spelling(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private string KeyOf(string name) => Path.Length == 0 ? name : $"{Path}:{name}";
}
