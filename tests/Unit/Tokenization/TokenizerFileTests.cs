using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tokenization;
using static TurkishLlm.Tests.Unit.Tokenization.SmallTokenizer;

namespace TurkishLlm.Tests.Unit.Tokenization;

public sealed class TokenizerFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tokenizer").FullName;

    private string FilePath => Path.Combine(_directory, "tokenizer.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Comes_back_as_it_was_saved()
    {
        Instance.Save(_directory);
        var loaded = Tokenizer.Load(_directory);
        loaded.Merges.Should().Equal(Instance.Merges);
        loaded.Hash.Should().Be(Instance.Hash);
        loaded.EncodeToIds(TurkishSamples.Page).Should().Equal(Instance.EncodeToIds(TurkishSamples.Page));
    }

    [Fact]
    public void Is_the_same_bytes_each_time()
    {
        Instance.Save(_directory);
        var first = File.ReadAllBytes(FilePath);
        Tokenizer.Load(_directory).Save(_directory);
        File.ReadAllBytes(FilePath).Should().Equal(first);
        Instance.Hash.Should().Be(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(first)));
    }

    [Fact]
    public void Writes_letters_as_themselves()
    {
        Instance.Save(_directory);
        var text = File.ReadAllText(FilePath, new UTF8Encoding(false, true));
        text.Should()
            .Contain("['’]")
            .And.Contain("\"Ġ\"")
            .And.Contain("\"<|eot_id|>\": 6")
            .And.NotContain("\\u0")
            .And.NotContain("\r");
    }

    [Fact]
    public void Leaves_no_other_file_behind()
    {
        Instance.Save(_directory);
        Directory.GetFiles(_directory).Should().Equal(FilePath);
    }

    [Fact]
    public void Makes_the_directory()
    {
        Instance.Save(Path.Combine(_directory, "a", "b"));
        Tokenizer.Load(Path.Combine(_directory, "a", "b")).Hash.Should().Be(Instance.Hash);
    }

    [Fact]
    public void Reads_merges_written_as_pairs_and_gives_the_same_hash()
    {
        Edit(root =>
        {
            var model = root["model"]!;
            model["merges"] = new JsonArray([
                .. model["merges"]!
                    .AsArray()
                    .Select(m => new JsonArray([.. m!.GetValue<string>().Split(' ').Select(half => JsonValue.Create(half))])),
            ]);
        });
        Tokenizer.Load(_directory).Hash.Should().Be(Instance.Hash);
    }

    [Fact]
    public void Says_how_to_make_a_file_that_is_missing() =>
        FluentActions.Invoking(() => Tokenizer.Load(_directory)).Should().Throw<FileNotFoundException>()
            .WithMessage($"{FilePath} does not exist. It is empty. Create one with `turkishllm tokenizer train`.")
            .Which.FileName.Should()
            .Be(FilePath);

    [Fact]
    public void Refuses_a_file_cut_anywhere()
    {
        ByHand.Save(_directory);
        var whole = File.ReadAllBytes(FilePath);
        for (var length = 1; length < whole.Length - 2; length += 37)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            FluentActions
                .Invoking(() => Tokenizer.Load(_directory))
                .Should()
                .Throw<InvalidDataException>($"it was cut at {length}")
                .WithMessage($"{FilePath}* not * The file may be truncated. *");
        }
    }

    [Fact]
    public void Says_where_a_file_is_no_json()
    {
        File.WriteAllText(FilePath, "{\n  \"version\": x");
        FluentActions
            .Invoking(() => Tokenizer.Load(_directory))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{FilePath}, line 2: not JSON at byte 14: *");
    }

    public static TheoryData<string, Action<JsonNode>, string> Damages() => new()
    {
        { "other model", root => root["model"]!["type"] = "WordPiece", "model.type is \"WordPiece\"; it must be \"BPE\"" },
        { "no model", root => root.AsObject().Remove("model"), "\"model\" is missing" },
        { "a list for an object", root => root["model"] = new JsonArray(), "\"model\" is Array; it must be Object" },
        {
            "normaliser",
            root => root["normalizer"] = new JsonObject { ["type"] = "Lowercase" },
            "normalizer is set; text is encoded as it is, so it must be null"
        },
        { "unknown token", root => root["model"]!["unk_token"] = "<|unk|>", "model.unk_token is set; it must be null" },
        { "byte fallback", root => root["model"]!["byte_fallback"] = true, "model.byte_fallback is true; it must be false" },
        {
            "other split",
            root => Split(root)["pattern"]!["Regex"] = @"\s+",
            @"the split pattern is ""\s+""; it must be that of turkish, tekken, llama-bpe, gpt-4o, qwen2, gpt-2, bloom"
        },
        {
            "prefix space",
            root => root["pre_tokenizer"]!["pretokenizers"]![1]!["add_prefix_space"] = true,
            "add_prefix_space of ByteLevel is not false; it must be false"
        },
        {
            "special id moved",
            root => Exchange(root, "<|eot_id|>", "<|pad|>"),
            "the special token \"<|pad|>\" has the id 6; it must be 2"
        },
        { "byte moved", root => Exchange(root, "a", "b"), "byte 97, \"a\" has the id 114; it must be 113" },
        { "id twice", root => Vocabulary(root)["ab"] = 113, "\"a\" and \"ab\" have the same id 113" },
        { "id too high", root => Vocabulary(root)["ab"] = 5000, "\"ab\" has the id 5000; the 275 ids must be 0 … 274" },
        { "id no number", root => Vocabulary(root)["ab"] = "x", "the id of \"ab\" is not a number" },
        {
            "token without merge",
            root => Vocabulary(root)["zz"] = 275,
            "there are 3 merges and 276 ids; with 16 special tokens and 256 bytes there must be 275 ids"
        },
        {
            "merges exchanged",
            root => Merges(root)[2] = "a b",
            "merge 2 produces \"ab\" with id 272; merges produce ids in order, so it must be 274"
        },
        { "merge of nothing", root => Merges(root)[0] = "q x", "merge 0 produces \"qx\", which is not in the vocabulary" },
        { "half unknown", root => Merges(root)[0] = "qq x", "merge 0 joins \"qq\", which is not in the vocabulary" },
        { "merge no pair", root => Merges(root)[1] = "cab", "merge 1 is not a pair: \"cab\"" },
        { "special flag", root => root["added_tokens"]![6]!["special"] = false, "added token \"<|eot_id|>\" is not special" },
        {
            "added token renamed",
            root => root["added_tokens"]![0]!["content"] = "<s>",
            "added token 0 is \"<s>\" with id 0; it must be \"<|begin_of_text|>\" with id 0"
        },
        {
            "a third step",
            root => root["pre_tokenizer"]!["pretokenizers"]!.AsArray().Add(new JsonObject()),
            "pre_tokenizer has 3 steps; it must have 2, Split and ByteLevel"
        },
        { "split turned round", root => Split(root)["invert"] = true, "invert of the split is on; it must be off" },
        {
            "special token missing",
            root => Rename(root, "<|pad|>", "<|pads|>"),
            "the special token \"<|pad|>\" is not in the vocabulary; its id must be 2"
        },
        { "other half unknown", root => Merges(root)[0] = "x qq", "merge 0 joins \"qq\", which is not in the vocabulary" },
        {
            "merge of a special token", MergeSpecial,
            "merge 0 joins \"<|eot_id|>\" and \"a\", of which one is not defined yet or is special"
        },
        {
            "added tokens too few",
            root => root["added_tokens"]!.AsArray().RemoveAt(15),
            "added_tokens has 15 entries; it must have the 16 special tokens"
        },
        {
            "added token with a bad name",
            root =>
                root["added_tokens"]!
                    .AsArray()
                    .Add(
                        new JsonObject
                        {
                            ["id"] = 275,
                            ["content"] = "plan",
                            ["special"] = true,
                        }),
            "\"plan\" is not the name of a special token. Use the form <|plan|>, with letters a–z, digits and underscores" },
        { "added token more", root => root["added_tokens"]!.AsArray().Add(new JsonObject()), "\"content\" is missing" },
    };

    [Theory, MemberData(nameof(Damages))]
    public void Refuses(string damage, Action<JsonNode> apply, string reason)
    {
        Edit(apply, ByHand);
        FluentActions.Invoking(() => Tokenizer.Load(_directory)).Should().Throw<InvalidDataException>(damage)
            .Which.Message.Should()
            .Be($"{FilePath} is not a tokenizer of this project: {reason}. Create one with `turkishllm tokenizer " + "train`.");
    }

    private void Edit(Action<JsonNode> apply, Tokenizer? tokenizer = null)
    {
        (tokenizer ?? Instance).Save(_directory);
        var root = JsonNode.Parse(File.ReadAllText(FilePath))!;
        apply(root);
        File.WriteAllText(FilePath, root.ToJsonString());
    }

    private static JsonNode Split(JsonNode root) => root["pre_tokenizer"]!["pretokenizers"]![0]!;

    private static JsonNode Vocabulary(JsonNode root) => root["model"]!["vocab"]!;

    private static JsonArray Merges(JsonNode root) => root["model"]!["merges"]!.AsArray();

    private static void Rename(JsonNode root, string from, string to)
    {
        Vocabulary(root)[to] = Vocabulary(root)[from]!.GetValue<int>();
        Vocabulary(root).AsObject().Remove(from);
    }

    private static void MergeSpecial(JsonNode root)
    {
        Rename(root, "ab", "<|eot_id|>a");
        Merges(root)[0] = "<|eot_id|> a";
    }

    private static void Exchange(JsonNode root, string a, string b)
    {
        var (first, second) = (Vocabulary(root)[a]!.GetValue<int>(), Vocabulary(root)[b]!.GetValue<int>());
        Vocabulary(root)[a] = second;
        Vocabulary(root)[b] = first;
    }
}
