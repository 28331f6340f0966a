using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;

namespace TurkishLlm.Tests.Unit.Tokenization;

/// <summary>Foreign tokenizers give the ids that their own libraries recorded: fixtures/foreign.</summary>
public sealed class ForeignGoldenIdTests : IDisposable
{
    private static readonly string Fixtures = Path.Combine(Repository.Root, "fixtures");
    private static readonly Tokenizer Own = Tokenizer.Load(Path.Combine(Fixtures, "tokenizer"));
    private static readonly string[] Texts = Read("texts.json").Deserialize<string[]>()!;

    private readonly ForeignFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k_base")]
    [InlineData("o200k_base")]
    [InlineData("digits first")]
    public void Gives_the_ids_of_Hugging_Face(string rule)
    {
        var recorded = Read("hugging-face-ids.json").AsArray().Single(entry => (string)entry!["name"]! == rule)!;
        var loaded = ForeignTokenizer.Load(
            _files.WriteJson(Own, json =>
            {
                json["pre_tokenizer"] = recorded["pre_tokenizer"]!.DeepClone();
                json["added_tokens"] = new JsonArray();
            }));
        foreach (var (text, ids) in Texts.Zip(recorded["ids"].Deserialize<int[][]>()!))
            loaded.Encoder.EncodeToIds(text).Should().Equal(ids.Select(id => ForeignFiles.GetForeignId(Own, id)), text);
    }

    [Theory]
    [InlineData("cl100k_base")]
    [InlineData("o200k_base")]
    public void Gives_the_ids_of_tiktoken(string rule)
    {
        var recorded = Read("tiktoken-ids.json").AsArray().Single(entry => (string)entry!["name"]! == rule)!;
        var loaded = ForeignTokenizer.Load(_files.WriteTiktoken(Own, $"{rule}.tiktoken"));
        foreach (var (text, ids) in Texts.Zip(recorded["ids"].Deserialize<int[][]>()!))
            loaded.Encoder.EncodeToIds(text).Should().Equal(ids, text);
    }

    [Theory]
    [InlineData("bpe", "SentencePiece BPE")]
    [InlineData("unigram", "SentencePiece Unigram")]
    public void Gives_the_ids_of_SentencePiece(string kind, string format)
    {
        var loaded = ForeignTokenizer.Load(Path.Combine(Fixtures, "foreign", $"sentencepiece-{kind}.model"));
        (loaded.Format, loaded.VocabularySize).Should().Be((format, 600));
        foreach (var entry in Read("sentencepiece-ids.json")[kind]!.AsArray())
            JoinUnknown(loaded.Encoder.EncodeToIds((string)entry!["text"]!)).Should()
                .Equal(entry["ids"].Deserialize<int[]>()!, "{0}", entry["text"]);
    }

    // SentencePiece makes one token (id 0) of a run of unknown characters, the package one of each.
    private static IEnumerable<int> JoinUnknown(IReadOnlyList<int> ids) =>
        ids.Where((id, i) => id != 0 || i == 0 || ids[i - 1] != 0);

    private static JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures, "foreign", name)))!;
}
