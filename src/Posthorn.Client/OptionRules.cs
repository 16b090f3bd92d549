using Microsoft.Extensions.Options;
using Posthorn.Settings;

namespace Posthorn.Client;

/// <summary>Judges options, at the host's start and at a constructor alike; every wrong one is named.</summary>
internal sealed class OptionRules<TOptions>(Func<TOptions, IEnumerable<SettingError>> problemsOf) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var problems = problemsOf(options).Select(problem => problem.ToString()).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    /// <exception cref="OptionsValidationException">Some cannot be used.</exception>
    public TOptions Checked(TOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Validate(name: null, options) is { Failed: true, Failures: var problems }
            ? throw new OptionsValidationException(Options.DefaultName, typeof(TOptions), problems)
            : options;
    }
}
