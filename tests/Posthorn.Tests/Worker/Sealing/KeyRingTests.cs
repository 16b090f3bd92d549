using Microsoft.AspNetCore.DataProtection;
using Posthorn.Signing;
using Posthorn.Worker.Sealing;

namespace Posthorn.Tests.Worker.Sealing;

public sealed class KeyRingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posthorn-ring-");

    private string QueuePath => Path.Combine(_folder.FullName, "queue.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("whsec_abc")]
    [InlineData("é, and 猫")]
    public void What_one_process_seals_another_one_opens(string text)
    {
        var sealedText = KeyRing.Open(QueuePath).Seal(text);
        KeyRing.Open(QueuePath).Unseal(sealedText).ShouldBe(text);
        KeyRing.OpenExisting(QueuePath).ShouldNotBeNull().Unseal(sealedText).ShouldBe(text);
    }

    [Fact]
    public void A_seal_is_printable_and_holds_nothing_of_the_text_and_no_two_are_alike()
    {
        var ring = KeyRing.Open(QueuePath);
        var (first, second) = (ring.Seal("whsec_secret"), ring.Seal("whsec_secret"));
        first.ShouldNotBe(second);
        first.ShouldNotContain("secret");
        first.ShouldAllBe(character => char.IsAsciiLetterOrDigit(character) || character == '.' || character == '-' || character == '_');
    }

    [Fact]
    public void What_was_sealed_before_there_were_data_keys_is_opened()
    {
        var before = DataProtectionProvider.Create(new DirectoryInfo(QueuePath + ".keys"), ring => ring.SetApplicationName("posthorn")).CreateProtector("posthorn.envelope.secrets.v1").Protect("of old");
        KeyRing.Open(QueuePath).Unseal(before).ShouldBe("of old");
    }

    [Fact]
    public void A_seal_that_was_touched_anywhere_is_not_opened()
    {
        var ring = KeyRing.Open(QueuePath);
        var sealedText = ring.Seal("whsec_secret");
        for (var at = 0; at < sealedText.Length; at++)
        {
            var touched = sealedText.ToCharArray();
            touched[at] = touched[at] == 'A' ? 'Q' : 'A';
            if (at == sealedText.Length - 1 || sealedText[at + 1] == '.') touched[at] = '!'; // Of a last character some bits say nothing.
            Should.Throw<SecretUnavailableException>(() => ring.Unseal(new string(touched)), $"touched at {at}");
        }
    }

    [Theory]
    [InlineData("pkr1.")]
    [InlineData("pkr1..")]
    [InlineData("pkr1.AAAA.AAAA")]
    [InlineData("pkr1.!.!")]
    [InlineData("rubbish")]
    public void Rubbish_is_not_opened(string text) =>
        Should.Throw<SecretUnavailableException>(() => KeyRing.Open(QueuePath).Unseal(text)).Message.ShouldNotContain(text == "rubbish" ? "AAAA" : text);

    [Fact]
    public void A_ring_of_another_queue_does_not_open_it()
    {
        var sealedText = KeyRing.Open(QueuePath).Seal("whsec_secret");
        Should.Throw<SecretUnavailableException>(() => KeyRing.Open(Path.Combine(_folder.FullName, "other.db")).Unseal(sealedText));
    }

    [Fact]
    public void Many_processes_seal_and_all_of_it_is_opened_whatever_is_kept()
    {
        var texts = Enumerable.Range(0, 300).Select(n => (Text: $"{n}", Sealed: KeyRing.Open(QueuePath).Seal($"{n}"))).ToList();
        var ring = KeyRing.Open(QueuePath);
        foreach (var (text, sealedText) in texts.Concat(texts)) ring.Unseal(sealedText).ShouldBe(text);
    }

    [Fact]
    public void Threads_that_seal_and_open_at_once_do_not_disturb_each_other()
    {
        var ring = KeyRing.Open(QueuePath);
        Parallel.For(0, 2000, n => ring.Unseal(ring.Seal($"{n}")).ShouldBe($"{n}"));
    }
}
