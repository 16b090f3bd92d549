using System.CommandLine;
using System.Globalization;

namespace Posthorn.Benchmarks;

/// <summary>Options that say how many.</summary>
internal static class CountOption
{
    /// <summary>A whole number from 1.</summary>
    public static Option<int> Named(string name, int otherwise, string description) =>
        Checked(new Option<int>(name) { Description = description, DefaultValueFactory = _ => otherwise, HelpName = "N" });

    /// <summary>A whole number from 1, or none.</summary>
    public static Option<int?> Named(string name, string description) => Checked(new Option<int?>(name) { Description = description, HelpName = "N" });

    private static Option<T> Checked<T>(Option<T> option)
    {
        option.Validators.Add(given =>
        {
            foreach (var text in given.Tokens.Select(token => token.Value))
                if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1) given.AddError($"{option.Name} holds '{text}'; it is a whole number from 1.");
        });
        return option;
    }
}
