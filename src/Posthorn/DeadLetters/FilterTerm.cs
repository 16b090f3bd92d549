namespace Posthorn.DeadLetters;

/// <summary>One term of a filter, as <c>--reason Expired</c> writes it.</summary>
/// <param name="Name">One of <see cref="DeadLetterFilter.Fields"/>, without dashes.</param>
/// <param name="Value">What it asks for.</param>
public sealed record FilterTerm(string Name, string Value);

/// <summary>What a term may ask for.</summary>
/// <param name="Name">The term's name, without dashes.</param>
/// <param name="Description">What it asks for and how that is written, in one line.</param>
/// <param name="Example">A correct value.</param>
public sealed record FilterField(string Name, string Description, string Example);
