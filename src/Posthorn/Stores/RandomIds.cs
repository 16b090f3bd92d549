using System.Security.Cryptography;

namespace Posthorn.Stores;

/// <summary>Ids that nobody can guess: of what a store keeps, and of what is secret itself.</summary>
public static class RandomIds
{
    private const string Letters = "abcdefghijkmnpqrstuvwxyz23456789"; // 32 of them, none that is taken for another.

    /// <summary>A prefix and letters of 5 random bits each.</summary>
    public static string Make(string prefix, int letters) =>
        prefix + string.Create(letters, state: 0, (text, _) => RandomNumberGenerator.GetItems(Letters.AsSpan(), text));
}
