using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;
using static TurkishLlm.Tests.Unit.Tokenization.SmallTokenizer;

namespace TurkishLlm.Tests.Unit.Tokenization;

/// <summary>Tokenizers of other programs as tokenizers of imported models.</summary>
[Trait("Suite", "Fast")]
public sealed class ForeignVocabularyTests : IDisposable
{
    private static readonly string Fixtures = Path.Combine(Repository.Root, "fixtures");
    private static readonly Tokenizer Own = Tokenizer.Load(Path.Combine(Fixtures, "tokenizer"));

    private readonly ForeignFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("gpt2", "gpt-2")]
    [InlineData("cl100k_base", "llama-bpe-published")]
    [InlineData("o200k_base", "gpt-4o-published")]
    public void Gives_the_ids_that_Hugging_Face_recorded(string name, string rule)
    {
        var recorded = Read("hugging-face-ids.json").AsArray().Single(entry => (string)entry!["name"]! == name)!;
        var file = _files.WriteJson(Own, json => json["pre_tokenizer"] = recorded["pre_tokenizer"]!.DeepClone());
        var converted = Convert(file, Own);
        converted.Tokenizer.Split.Name.Should().Be(rule);
        foreach (var (text, ids) in Read("texts.json").Deserialize<string[]>()!.Zip(recorded["ids"].Deserialize<int[][]>()!))
            converted.Tokenizer.EncodeToIds(text).Select(id => converted.Sources[id]).Should()
                .Equal(ids.Select(id => ForeignFiles.GetForeignId(Own, id)), text);
    }

    [Fact]
    public void Gives_the_ids_of_the_other_reader_on_every_line_of_the_fixtures()
    {
        var file = _files.WriteJson(Own);
        var (theirs, converted) = (ForeignTokenizer.Load(file).Encoder, Convert(file, Own));
        foreach (var line in Directory.EnumerateFiles(Path.Combine(Fixtures, "text"), "*.txt").SelectMany(File.ReadLines))
            converted.Tokenizer.EncodeToIds(line).Select(id => converted.Sources[id]).Should()
                .Equal(theirs.EncodeToIds(line), line);
    }

    [Fact]
    public void A_token_that_begins_and_ends_texts_is_the_end_and_its_row_also_begins_them()
    {
        var converted = Convert(_files.WriteJson(Instance), Instance);
        var end = Instance.VocabularySize - SpecialTokens.Count;
        converted.Sources[SpecialTokens.EndOfText].Should().Be(end);
        converted.Sources[SpecialTokens.BeginOfText].Should().Be(end);
        converted.Sources[SpecialTokens.Pad].Should().Be(VocabularyConversion.NoSource);
        converted.AbsentIds.Should().Equal(0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        converted.Tokenizer.EncodeToIds("ev<|endoftext|>").Should().OnlyContain(id => id >= SpecialTokens.Count);
    }

    [Theory]
    [InlineData(
        """{"eos_token": "</s>", "bos_token": {"content": "<s>"}, "pad_token": "</s>"}""", "tokenizer_config.json", 0, 1, null)]
    [InlineData("""{"eos_token": "</s>", "pad_token": "<s>"}""", "special_tokens_map.json", null, 1, 0)]
    [InlineData("""{"eos_token_id": [IDEND, 3], "bos_token_id": IDBEGIN, "pad_token_id": null}""", "config.json", 0, 1, null)]
    [InlineData("{}", "tokenizer_config.json", 0, 1, null)]
    public void Files_beside_the_tokenizer_say_what_special_tokens_mean(
        string content, string name, int? begin, int? end, int? padding)
    {
        var first = Instance.VocabularySize - SpecialTokens.Count;
        var file = WriteSpecial("<s>", "</s>");
        File.WriteAllText(
            Path.Combine(_files.Folder, name),
            content.Replace("IDEND", $"{first + 1}", StringComparison.Ordinal)
                .Replace("IDBEGIN", $"{first}", StringComparison.Ordinal));
        var ids = HuggingFaceVocabularyReader.Read(file, first + 2).SpecialIds;
        int? Find(int own) => ids.TryGetValue(own, out var id) ? id - first : null;
        (Find(SpecialTokens.BeginOfText), Find(SpecialTokens.EndOfText), Find(SpecialTokens.Pad)).Should()
            .Be((begin, end, padding));
    }

    [Fact]
    public void Tokens_with_names_of_this_program_have_its_ids_and_the_end_of_a_turn_is_not_that_of_a_text()
    {
        var file = WriteSpecial("<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>");
        File.WriteAllText(Path.Combine(_files.Folder, "tokenizer_config.json"), """{"eos_token": "<|eot_id|>"}""");
        var first = Instance.VocabularySize - SpecialTokens.Count;
        HuggingFaceVocabularyReader.Read(file, first + 3).SpecialIds.Should().BeEquivalentTo(new Dictionary<int, int>
        {
            [SpecialTokens.EndOfText] = first, [SpecialTokens.EndOfTurn] = first + 1, [SpecialTokens.StartHeader] = first + 2,
        });
    }

    [Fact]
    public void The_end_of_a_turn_ends_texts_if_nothing_else_does()
    {
        var file = WriteSpecial("<|eot_id|>");
        File.WriteAllText(Path.Combine(_files.Folder, "tokenizer_config.json"), """{"eos_token": "<|eot_id|>"}""");
        HuggingFaceVocabularyReader.Read(file, Instance.VocabularySize - SpecialTokens.Count + 1).SpecialIds.Keys.Should()
            .Equal(SpecialTokens.EndOfText);
    }

    [Fact]
    public void Other_special_tokens_and_rows_without_a_token_are_added_with_names_of_this_form()
    {
        var file = WriteSpecial("</s>", "[CLS]", "<|CLS|>", "<|pad|>", "§§", "<|im_start|>");
        var vocabulary = HuggingFaceVocabularyReader.Read(file, Instance.VocabularySize - SpecialTokens.Count + 8);
        var converted = VocabularyConversion.Create(vocabulary, file);
        var first = Instance.VocabularySize - SpecialTokens.Count;
        converted.Tokenizer.AddedTokens.Should().Equal(
            "<|CLS|>", $"<|CLS_{first + 2}|>", $"<|token_{first + 4}|>", "<|im_start|>", $"<|unused_{first + 6}|>",
            $"<|unused_{first + 7}|>");
        converted.Sources[SpecialTokens.Pad].Should().Be(first + 3);
        converted.Sources.TakeLast(6).Should().Equal(first + 1, first + 2, first + 4, first + 5, first + 6, first + 7);
    }

    [Fact]
    public void A_saved_vocabulary_reads_back_equal()
    {
        var file = WriteSpecial("</s>", "<pad>");
        var vocabulary = HuggingFaceVocabularyReader.Read(file, Instance.VocabularySize - SpecialTokens.Count + 3) with
        {
            ChatTemplate = "{{ 'ş' }}", AddsBeginOfText = true, LlamaCppRule = "phi-2",
        };
        vocabulary.Save(_files.Folder);
        ForeignVocabulary.Load(_files.Folder).Should().BeEquivalentTo(vocabulary, options => options.WithStrictOrdering());
    }

    [Theory]
    [InlineData("is not special", """{"added_tokens": [{"id": 900, "content": "<think>", "special": false}]}""")]
    [InlineData("which token ends a text", """{"added_tokens": []}""")]
    [InlineData("have the same id 3", """{"added_tokens": [{"id": 3, "content": "</s>", "special": true}]}""")]
    [InlineData("has the id 9999, but the model has", """{"added_tokens": [{"id": 9999, "content": "</s>", "special": true}]}""")]
    [InlineData("model.type is Unigram", """{"model": {"type": "Unigram"}}""")]
    [InlineData("model.byte_fallback is on", """{"model": {"byte_fallback": true}}""")]
    [InlineData("the normalizer is NFKC", """{"normalizer": {"type": "NFKC"}}""")]
    [InlineData("add_prefix_space of ByteLevel is on", """{"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true}}""")]
    public void Refuses_with_the_reason(string reason, string changes)
    {
        var file = _files.WriteJson(Instance, json => Merge(json, JsonNode.Parse(changes)!.AsObject()));
        FluentActions.Invoking(() => Convert(file, Instance)).Should().Throw<InvalidDataException>()
            .Which.Message.Should().Contain(file).And.Contain(reason);
    }

    [Theory]
    [InlineData("splits text in several steps", true, """{"type": "Digits", "individual_digits": true}""")]
    [InlineData("splits text by \\S+|\\s+, which is not a split rule", false,
        """{"type": "Split", "pattern": {"Regex": "\\S+|\\s+"}, "behavior": "Isolated"}""")]
    [InlineData("a step of pre_tokenizer is Metaspace", false, """{"type": "Metaspace"}""")]
    [InlineData("does not split text into words", false, "")]
    public void Refuses_a_split_rule_that_this_program_does_not_have(string reason, bool hasExpression, string step)
    {
        var bytes = $$"""{"type": "ByteLevel", "add_prefix_space": false, "use_regex": {{(hasExpression ? "true" : "false")}}}""";
        var steps = step.Length == 0 ? bytes : $"{step}, {bytes}";
        Refuses_with_the_reason(
            reason, "{\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [" + steps + "]}}");
    }

    // "xyz" is not made by a merge, so it matters whether a pre-token is looked up whole first.
    [Fact]
    public void Refuses_tokens_that_depend_on_another_treatment_of_merges()
    {
        var file = _files.WriteJson(ByHand, json =>
        {
            json["model"]!["ignore_merges"] = true;
            json["model"]!["vocab"]!["xyz"] = 260;
        });
        FluentActions.Invoking(() => HuggingFaceVocabularyReader.Read(file, 261)).Should().Throw<InvalidDataException>()
            .WithMessage("*ignore_merges is on; with the split rule turkish it is off in this program, and some tokens depend*");
    }

    [Theory]
    [InlineData("too many", "ids are stored in 16 bits, so at most 65536 fit")]
    [InlineData("merge twice", "which an earlier merge makes; here a token has one merge")]
    [InlineData("merges from the last on", "of which one is not made by an earlier merge")]
    [InlineData("merge of unknown", "which is not in the vocabulary")]
    [InlineData("whole words", "no merge makes the token \"")]
    [InlineData("no byte", "it has no token for byte ")]
    [InlineData("token twice", "has the ids ")]
    [InlineData("meanings", "one token has two meanings among its special tokens")]
    public void Refuses_vocabularies_that_no_tokenizer_of_this_program_has(string change, string reason)
    {
        var file = WriteSpecial("</s>");
        var good = HuggingFaceVocabularyReader.Read(file, Instance.VocabularySize - SpecialTokens.Count + 1);
        VocabularyConversion.Create(good, file).Sources.Should().HaveCount(Instance.VocabularySize);
        var unused = Enumerable.Range(0, 65_536 - good.Tokens.Count).ToArray();
        var bad = change switch
        {
            "too many" => good with
            {
                Tokens = [.. good.Tokens, .. unused.Select(i => $"<u{i}>")],
                Kinds = [.. good.Kinds, .. unused.Select(_ => ForeignTokenKind.Unused)],
            },
            "merge twice" => good with { Merges = [.. good.Merges, good.Merges[^1]] },
            "merges from the last on" => good with { Merges = [.. good.Merges.Reverse()] },
            "merge of unknown" => good with { Merges = [.. good.Merges, "ZZZ ZZZ"] },
            "whole words" => good with { Merges = [.. good.Merges.SkipLast(1)], Split = SplitRule.LlamaBpe },
            "no byte" => good with { Kinds = [.. good.Tokens.Select(t => t == "z" ? ForeignTokenKind.Unused : default)] },
            "token twice" => good with { Tokens = [good.Tokens[1], .. good.Tokens.Skip(1)] },
            _ => good with { SpecialIds = new Dictionary<int, int> { [SpecialTokens.EndOfText] = 5, [SpecialTokens.Pad] = 5 } },
        };
        FluentActions.Invoking(() => VocabularyConversion.Create(bad, file)).Should().Throw<InvalidDataException>()
            .Which.Message.Should().Contain(file).And.Contain(reason);
    }

    [Fact]
    public void Refuses_a_damaged_vocabulary_of_an_imported_model()
    {
        var file = WriteSpecial("</s>");
        HuggingFaceVocabularyReader.Read(file, Instance.VocabularySize - SpecialTokens.Count + 1).Save(_files.Folder);
        var path = Path.Combine(_files.Folder, ForeignVocabulary.FileName);
        var good = File.ReadAllText(path);
        foreach (var (old, changed, reason) in new[]
        {
            ("\"version\":1", "\"version\":2", "version 2"), ("\"turkish\"", "\"mine\"", "the split rule \"mine\""),
            ("\"kinds\":[", "\"kinds\":[9,", "tokens and"),
            ("\"special_ids\":{\"1\":", "\"special_ids\":{\"1\":9", "special token"),
        })
        {
            good.Should().Contain(old);
            File.WriteAllText(path, good.Replace(old, changed, StringComparison.Ordinal));
            FluentActions.Invoking(() => ForeignVocabulary.Load(_files.Folder)).Should().Throw<InvalidDataException>()
                .Which.Message.Should().Contain(path).And.Contain(reason).And.Contain("Import the model again");
        }
        File.WriteAllText(path, good[..100]);
        FluentActions.Invoking(() => ForeignVocabulary.Load(_files.Folder)).Should().Throw<InvalidDataException>();
    }

    private static VocabularyConversion Convert(string file, Tokenizer merges) => VocabularyConversion.Create(
        HuggingFaceVocabularyReader.Read(file, merges.VocabularySize - SpecialTokens.Count + 1), file);

    private string WriteSpecial(params string[] names) => _files.WriteJson(Instance, json =>
        json["added_tokens"] = new JsonArray([.. names.Select((name, i) => new JsonObject
        {
            ["id"] = Instance.VocabularySize - SpecialTokens.Count + i, ["content"] = name, ["special"] = true,
        })]));

    private static void Merge(JsonObject target, JsonObject changes)
    {
        foreach (var (key, value) in changes)
            if (value is JsonObject inner && key == "model") Merge(target[key]!.AsObject(), inner);
            else target[key] = value?.DeepClone();
    }

    private static JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures, "foreign", name)))!;
}
