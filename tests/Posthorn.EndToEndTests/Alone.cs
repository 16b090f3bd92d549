namespace Posthorn.EndToEndTests;

/// <summary>Tests that nothing else may run beside: what they judge is time, load or memory, or they take the ports that the README prints.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
