using Posthorn.Settings;

namespace Posthorn.Worker.Composition;

/// <summary>The settings of a command line, such as <c>--queue:sqlite:path=FILE</c>, apart from its verbs and options.</summary>
public sealed record SettingArguments(IReadOnlyDictionary<string, string?> Settings, IReadOnlyList<string> Rest)
{
    /// <summary>Splits the arguments; a setting is what starts with <c>--</c> and has a colon in its name.</summary>
    /// <exception cref="SettingsException">A setting has no value.</exception>
    public static SettingArguments Split(IReadOnlyList<string> args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var rest = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = Parse(args[i]);
            if (name is null) rest.Add(args[i]);
            else if (value is not null) settings[name] = value;
            else if (i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal)) settings[name] = args[++i];
            else throw new SettingsException(name, "has no value", $"--{name}=VALUE");
        }

        return new SettingArguments(settings, rest);
    }

    private static (string? Name, string? Value) Parse(string arg)
    {
        if (!arg.StartsWith("--", StringComparison.Ordinal)) return default;
        var equals = arg.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? arg[2..] : arg[2..equals];
        return name.Contains(':', StringComparison.Ordinal) ? (name, equals < 0 ? null : arg[(equals + 1)..]) : default;
    }
}
