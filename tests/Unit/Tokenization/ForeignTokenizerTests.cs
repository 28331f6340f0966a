using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;
using static TurkishLlm.Tests.Unit.Tokenization.SmallTokenizer;

namespace TurkishLlm.Tests.Unit.Tokenization;

[Trait("Suite", "Fast")]
public sealed class ForeignTokenizerTests : IDisposable
{
    // Letters and digits beyond U+FFFF.
    private const string Unusual = "Ankara'da 𐱅𐰇𐰼𐰰 𝐀𝐁\u0301 𝟙𝟚𝟛𝟜 😀😀 a\r\n\n  x";

    private static readonly string[] Lines =
    [
        Unusual, "", .. File.ReadLines(Path.Combine(Repository.Root, "fixtures", "text", "news.txt")).Take(40),
    ];

    private readonly ForeignFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Reads_byte_level_BPE_with_other_ids()
    {
        var loaded = ForeignTokenizer.Load(_files.WriteJson(Instance));
        loaded.Format.Should().Be("byte-level BPE of Hugging Face");
        loaded.VocabularySize.Should().Be(Instance.VocabularySize - SpecialTokens.Count + 1);
        foreach (var line in Lines)
        {
            loaded.Encoder.EncodeToIds(line).Should()
                .Equal(Instance.EncodeToIds(line).Select(id => ForeignFiles.GetForeignId(Instance, id)), line);
            loaded.Encoder.Decode(loaded.Encoder.EncodeToIds(line)).Should().Be(line);
        }
    }

    [Fact]
    public void Reads_a_file_of_tiktoken_with_a_given_split_rule()
    {
        var loaded = ForeignTokenizer.Load(_files.WriteTiktoken(Instance), SplitRule.Turkish.Pattern);
        (loaded.Format, loaded.VocabularySize).Should().Be(("tiktoken", Instance.VocabularySize - SpecialTokens.Count));
        foreach (var line in Lines) loaded.Encoder.EncodeToIds(line).Should().Equal(Instance.EncodeToIds(line), line);
    }

    [Fact]
    public void Knows_the_split_rule_of_a_file_of_tiktoken_by_its_name() =>
        ForeignTokenizer.Load(_files.WriteTiktoken(new Tokenizer([]), "cl100k_base.tiktoken")).Encoder.PreTokenizer!
            .PreTokenize("Ankara'da 12345 ev\n\n x").Should()
            .Equal((0, 6), (6, 2), (8, 1), (9, 1), (10, 3), (13, 2), (15, 3), (18, 2), (20, 2));

    [Fact]
    public void Reads_its_own_tokenizer_from_a_folder_or_file()
    {
        Instance.Save(_files.Folder);
        ForeignTokenizer.Load(_files.Folder).Own!.Hash.Should().Be(Instance.Hash);
        ForeignTokenizer.Load(Path.Combine(_files.Folder, "tokenizer.json")).Own!.Hash.Should().Be(Instance.Hash);
    }

    [Fact]
    public void Cuts_added_tokens_out_of_the_text()
    {
        var encoder = ForeignTokenizer.Load(_files.WriteJson(Instance)).Encoder;
        var special = Instance.VocabularySize - SpecialTokens.Count;
        encoder.EncodeToIds("ev<|endoftext|>ev").Should()
            .Equal([.. encoder.EncodeToIds("ev"), special, .. encoder.EncodeToIds("ev")]);
        encoder.Decode([special]).Should().Be("<|endoftext|>");
    }

    [Fact]
    public void Normalizes_to_form_C_where_the_file_says_so()
    {
        var file = _files.WriteJson(Instance, json => json["normalizer"] = new JsonObject { ["type"] = "NFC" });
        var encoder = ForeignTokenizer.Load(file).Encoder;
        encoder.EncodeToIds("u\u0308zu\u0308m").Should().Equal(encoder.EncodeToIds("üzüm"));
        encoder.EncodeToIds("u\u0308", considerNormalization: false).Should().NotEqual(encoder.EncodeToIds("ü"));
    }

    [Fact]
    public void Splits_in_steps()
    {
        var file = _files.WriteJson(Instance, json => json["pre_tokenizer"] = JsonNode.Parse(
            """
            {"type": "Sequence", "pretokenizers": [
              {"type": "Digits", "individual_digits": true},
              {"type": "Split", "pattern": {"String": "a"}, "behavior": "Isolated"},
              {"type": "Split", "pattern": {"Regex": "\\S"}, "behavior": "Removed", "invert": true},
              {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]}
            """));
        ForeignTokenizer.Load(file).Encoder.PreTokenizer!.PreTokenize("ba12 𝟙c").Should()
            .Equal((0, 1), (1, 1), (2, 1), (3, 1), (5, 2), (7, 1));
    }

    // "ab" is not made by a merge of its own, so it is found only if a pre-token is looked up whole first.
    [Fact]
    public void Looks_up_whole_pre_tokens_where_the_file_says_so()
    {
        var file = _files.WriteJson(ByHand, json =>
        {
            json["model"]!["ignore_merges"] = true;
            json["model"]!["vocab"] = InOrder(json["model"]!["vocab"]!.AsObject());
            json["model"]!["vocab"]!["xyz"] = 900;
        });
        var encoder = ForeignTokenizer.Load(file).Encoder;
        encoder.EncodeToIds("xyz").Should().Equal(900);
        encoder.EncodeToIds("xyzz").Should().HaveCount(4);
        encoder.EncodeToIds("cab").Should().HaveCount(1);
    }

    [Theory]
    [InlineData("model.type is WordPiece", """{"model": {"type": "WordPiece"}}""")]
    [InlineData("model.type is Unigram", """{"model": {"type": "Unigram"}}""")]
    [InlineData("model.byte_fallback is on", """{"model": {"byte_fallback": true}}""")]
    [InlineData("model.end_of_word_suffix is \"</w>\"", """{"model": {"end_of_word_suffix": "</w>"}}""")]
    [InlineData("model.dropout is on", """{"model": {"dropout": 0.1}}""")]
    [InlineData("the normalizer is NFKC", """{"normalizer": {"type": "NFKC"}}""")]
    [InlineData("not ByteLevel", """{"pre_tokenizer": {"type": "Whitespace"}}""")]
    [InlineData("no pre_tokenizer", """{"pre_tokenizer": null}""")]
    [InlineData("add_prefix_space", """{"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true}}""")]
    [InlineData("lstrip of the added token", """{"added_tokens": [{"id": 9999, "content": "<m>", "lstrip": true}]}""")]
    [InlineData("not in the vocabulary", """{"model": {"merges": ["q w"]}}""")]
    [InlineData("no token for byte 0", """{"model": {"vocab": {"a": 0}}}""")]
    public void Refuses_with_the_reason(string reason, string changes)
    {
        var file = _files.WriteJson(Instance, json => Merge(json, JsonNode.Parse(changes)!.AsObject()));
        FluentActions.Invoking(() => ForeignTokenizer.Load(file)).Should().Throw<InvalidDataException>()
            .Which.Message.Should().Contain(file).And.Contain(reason);
    }

    [Theory]
    [InlineData("word boundaries", """{"type": "Split", "pattern": {"Regex": "\\b"}, "behavior": "Isolated"}""")]
    [InlineData("cannot", """{"type": "Split", "pattern": {"Regex": "\\p{Han}"}, "behavior": "Isolated"}""")]
    [InlineData("cannot", """{"type": "Split", "pattern": {"Regex": "a++"}, "behavior": "Isolated"}""")]
    [InlineData("behavior MergedWithNext", """{"type": "Split", "pattern": {"String": "a"}, "behavior": "MergedWithNext"}""")]
    [InlineData("is Metaspace", """{"type": "Metaspace"}""")]
    public void Refuses_a_split_rule_with_the_reason(string reason, string step) => Refuses_with_the_reason(
        reason,
        "{\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [" + step
            + ", {\"type\": \"ByteLevel\", \"add_prefix_space\": false}]}}");

    [Theory]
    [InlineData("vocab.txt", "[UNK]\n[CLS]\n", "not a tokenizer in a known format")]
    [InlineData("o200k_base.tiktoken", "IQ== 0\nIg== x\n", "o200k_base.tiktoken:2: \"Ig== x\"")]
    [InlineData("o200k_base.tiktoken", "IQ== 0\nIQ== 1\n", "o200k_base.tiktoken:2: the token occurs twice")]
    [InlineData("o200k_base.tiktoken", "IQ== 0\nIg== 0\n", "o200k_base.tiktoken:2: the rank 0 occurs twice")]
    [InlineData("o200k_base.tiktoken", "IQ== 0\n", "1 of the 256 bytes")]
    [InlineData("mine.tiktoken", "IQ== 0\n", "Give one of gpt2")]
    [InlineData("tokenizer.model", "\n\u0001x", "not a SentencePiece model, or is damaged")]
    public void Refuses_other_and_damaged_files(string name, string content, string reason)
    {
        File.WriteAllText(Path.Combine(_files.Folder, name), content);
        var path = Path.Combine(_files.Folder, name);
        FluentActions.Invoking(() => ForeignTokenizer.Load(path)).Should().Throw<InvalidDataException>()
            .Which.Message.Should().Contain(reason);
    }

    // A BPE (model_type 2) with a table of replacements.
    [Fact]
    public void Refuses_SentencePiece_BPE_that_normalizes()
    {
        var file = Path.Combine(_files.Folder, "tokenizer.model");
        File.WriteAllBytes(file, [0x0A, 0, 0x12, 2, 0x18, 2, 0x1A, 9, 0x0A, 4, .. "nfkc"u8, 0x12, 1, 1]);
        FluentActions.Invoking(() => ForeignTokenizer.Load(_files.Folder)).Should().Throw<InvalidDataException>()
            .Which.Message.Should().Contain("normalizes text by nfkc");
    }

    // A Unigram (model_type 1) with byte_fallback, field 35.
    [Fact]
    public void Refuses_SentencePiece_Unigram_that_falls_back_to_bytes()
    {
        File.WriteAllBytes(Path.Combine(_files.Folder, "a.model"), [0x0A, 0, 0x12, 5, 0x18, 1, 0x98, 2, 1]);
        FluentActions.Invoking(() => ForeignTokenizer.Load(_files.Folder)).Should().Throw<InvalidDataException>()
            .Which.Message.Should().Contain("falls back to bytes");
    }

    [Fact]
    public void Says_what_a_folder_has_in_place_of_a_tokenizer()
    {
        File.WriteAllText(Path.Combine(_files.Folder, "model.safetensors"), "");
        FluentActions.Invoking(() => ForeignTokenizer.Load(_files.Folder)).Should().Throw<FileNotFoundException>()
            .Which.Message.Should().Contain("no tokenizer.json").And.Contain("model.safetensors");
        FluentActions.Invoking(() => ForeignTokenizer.Load(_files.Folder + "x")).Should().Throw<FileNotFoundException>();
    }

    private static JsonObject InOrder(JsonObject vocabulary) =>
        new(vocabulary.Select((entry, i) => KeyValuePair.Create(entry.Key, (JsonNode?)JsonValue.Create(i))));

    private static void Merge(JsonObject target, JsonObject changes)
    {
        foreach (var (key, value) in changes)
            if (value is JsonObject inner && key == "model") Merge(target[key]!.AsObject(), inner);
            else target[key] = value?.DeepClone();
    }
}
