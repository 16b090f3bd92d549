using System.CommandLine;

namespace Posthorn.Benchmarks;

/// <summary>Options that say how many.</summary>
internal static class CountOption
{
    /// <summary>A whole number from 1.</summary>
    public static Option<int> Named(string name, int otherwise, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => otherwise, HelpName = "N" };
        option.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() < 1) given.AddError($"{name} is a whole number from 1.");
        });
        return option;
    }
}
