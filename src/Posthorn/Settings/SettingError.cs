namespace Posthorn.Settings;

/// <summary>One wrong setting, in one line: its key, what it holds (never a secret) and what it may hold.</summary>
/// <param name="Key">The key as it is written on the command line, such as <c>queue:lockDuration</c>.</param>
/// <param name="Problem">What it holds and why that is wrong.</param>
/// <param name="Accepted">What it may hold.</param>
public sealed record SettingError(string Key, string Problem, string Accepted)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key}: {Problem}; accepted: {Accepted}";
}

/// <summary>The configuration cannot be used.</summary>
public sealed class SettingsException(IReadOnlyList<SettingError> errors) : Exception(string.Join(Environment.NewLine, errors))
{
    /// <summary>One setting is wrong.</summary>
    public SettingsException(string key, string problem, string accepted)
        : this([new SettingError(key, problem, accepted)])
    {
    }

    /// <summary>Every wrong setting.</summary>
    public IReadOnlyList<SettingError> Errors { get; } = errors;
}
