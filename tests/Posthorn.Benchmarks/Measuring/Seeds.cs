using System.Text;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>Chance that a seed repeats: each thing has its own, by name, so that none depends on the order in which others were asked.</summary>
internal static class Seeds
{
    public static Random Chance(int seed, string name)
    {
        // FNV-1a: a string's own hash code differs from process to process.
        var hash = 2166136261u ^ (uint)seed;
        foreach (var part in Encoding.UTF8.GetBytes(name)) hash = (hash ^ part) * 16777619;

        // MurmurHash3's finish: seeds that are near each other give random numbers that are, and names differ in their last letters.
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return new Random((int)((hash ^ (hash >> 16)) & int.MaxValue));
    }
}
