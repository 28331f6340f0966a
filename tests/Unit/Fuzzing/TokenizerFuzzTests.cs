using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>Damaged files of tokenizers and chat templates.</summary>
public sealed class TokenizerFuzzTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_tokenizers_are_read_or_refused_with_the_name_of_the_file()
    {
        var seeds = new[] { CreateSmall(merges: 0, "<|ek|>"), CreateSmall(merges: 40, "<|ilk|>", "<|son|>") };
        var mutator = new InputMutator(
            seeds, seed: 16, "\"id\": 0", "\"<|pad|>\"", "\"merges\": []", "\"Ġ Ġ\"", "\"special\": false", "65536",
            "\"content\"");
        var run = new FuzzRun(_folder / "tokenizer.json");
        for (var count = FuzzRun.GetCount(600); count > 0; count--)
            run.Try(mutator.Next(), () => Tokenizer.Load(_folder.Path).EncodeToIds("Çığ düştü."));
        run.Faults.Should().BeEmpty();
        run.Refused.Should().BeGreaterThan(run.Accepted, "nearly every byte matters");
    }

    [Fact]
    public void Damaged_chat_templates_are_read_or_refused_with_the_name_of_the_file()
    {
        var tokenizer = new Tokenizer([]);
        new ChatTemplate(tokenizer, "Kısa ve \"açık\" yanıtla.").Save(_folder.Path);
        var mutator = new InputMutator(
            [File.ReadAllBytes(_folder / ChatTemplate.FileName)], seed: 17, "\"system\": 7", "\"format\"", "\\u0131");
        var run = new FuzzRun(_folder / ChatTemplate.FileName);
        for (var count = FuzzRun.GetCount(2000); count > 0; count--)
            run.Try(mutator.Next(), () => ChatTemplate.Load(_folder.Path, tokenizer));
        run.Faults.Should().BeEmpty();
        run.Accepted.Should().BePositive("a changed system prompt is a system prompt");
        run.Refused.Should().BeGreaterThan(run.Accepted);
    }

    private byte[] CreateSmall(int merges, params string[] added)
    {
        var learned = Tokenizer.Load(Path.Combine(ReferenceRun.Fixtures, "tokenizer")).Merges.Take(merges);
        new Tokenizer([.. learned], [.. added]).Save(_folder / "seed");
        return File.ReadAllBytes(_folder / "seed/tokenizer.json");
    }
}
