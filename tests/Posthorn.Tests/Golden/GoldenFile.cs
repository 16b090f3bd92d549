using System.Text;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Golden;

/// <summary>A surface pinned by a file beside this one: to change it is to change the file, in the same commit.</summary>
internal static class GoldenFile
{
    private const string Accept = "POSTHORN_ACCEPT_GOLDEN";

    public static void ShouldHold(string name, string text)
    {
        var path = Given.PathOf(Path.Combine("Golden", name));
        if (Environment.GetEnvironmentVariable(Accept) == "1") File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var held = File.Exists(path) ? File.ReadAllText(path) : "";
        text.ShouldBe(held, $"{path} holds something else. When the change is meant, run the tests with {Accept}=1 and commit the file.");
    }
}
