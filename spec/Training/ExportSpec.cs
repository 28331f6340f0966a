using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TurkishLlm.Files;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Spec.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Training;

/// <summary>Writes weights and the tokenizer of a folder as a Hugging Face directory.</summary>
public delegate void WriteDirectory(ParameterTable weights, string tokenizer, string folder);

/// <summary>The Hugging Face directory as a whole: CKP-23.</summary>
public static partial class ExportSpec
{
    private static readonly string[] Required =
    [
        "README.md", "config.json", "configuration_turkishllm.py", "generation_config.json", "model.safetensors",
        "modeling_turkishllm.py", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json",
    ];

    public static readonly Requirement<ModelCase, WriteDirectory> CKP_23_Directory = new()
    {
        Id = "CKP-23",
        Statement = "A Hugging Face directory has every file that transformers needs to load model and tokenizer, with their "
            + "hashes: config.json names classes that the Python files define, and gives them the sizes of the model.",
        Source = "transformers, \"Building custom models\" (auto_map) and \"Model cards\"",
        CanonicalCases =
        [
            new(Width: 24, 2, Heads: 4, KeyValueHeads: 2, Inner: 40, Batch: 1, Time: 1, Dropout: 0.02),
            new(Width: 18, 1, Heads: 3, KeyValueHeads: 1, Inner: 28, Batch: 1, Time: 1, Tied: false),
        ],
        Subject = (_, _) => Write,
        Holds = (write, c, at) =>
        {
            using var folder = new WeightFile();
            using var weights = ModelCase.Weights(c.Config, at);
            SaveTokenizer(c, folder["tokenizer"]);
            var directory = folder["hf"];
            write(weights, folder["tokenizer"], directory);
            return Verdict.All(Check(c, directory));
        },
        Impostors = new()
        {
            ["names no classes"] = After(folder => Change(folder, config => config.Remove("auto_map"))),
            ["names another class"] = After(folder => Change(folder, config =>
                config["auto_map"]!["AutoModelForCausalLM"] = "modeling_turkishllm.TurkishLlmModel")),
            ["names another class than the architecture"] = After(folder => Change(folder, config =>
                config["architectures"] = new JsonArray("LlamaForCausalLM"))),
            ["the program is missing"] = After(folder => File.Delete(Path.Combine(folder, "modeling_turkishllm.py"))),
            ["the program is not hashed"] = After(folder => ChangeText(folder, "SHA256SUMS", text =>
                string.Concat(text.Split('\n').Where(line => line.Length > 0 && !line.EndsWith(".py", StringComparison.Ordinal))
                    .Select(line => line + "\n")))),
            ["the program was changed after it was hashed"] = After(folder => ChangeText(
                folder, "modeling_turkishllm.py", text => text.Replace("F.silu", "F.gelu", StringComparison.Ordinal))),
            ["the model type is that of Llama"] = After(folder => Change(folder, config => config["model_type"] = "llama")),
            ["key/value heads are left to the default"] = After(folder => Change(folder, config =>
                config.Remove("num_key_value_heads"))),
            ["ε is the usual one"] = After(folder => Change(folder, config => config["rms_norm_eps"] = 1e-6)),
            ["the card has no front matter"] = After(folder =>
            {
                ChangeText(folder, "README.md", text => text[text.IndexOf('#', StringComparison.Ordinal)..]);
                Hash(folder, "README.md");
            }),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [CKP_23_Directory];

    private static void Write(ParameterTable weights, string tokenizer, string folder) =>
        ExportedModel.Write(folder, weights, tokenizer, template: null, ExportFormat.HuggingFace);

    private static void SaveTokenizer(ModelCase c, string folder)
    {
        // Pairs of bytes, so that there are as many tokens as the vocabulary has.
        var merges = Enumerable.Range(0, c.Vocabulary - VocabularyLayout.FirstMerge)
            .Select(i => (VocabularyLayout.FirstByte + i, VocabularyLayout.FirstByte + 2 * i));
        new Tokenizer([.. merges]).Save(folder);
    }

    // One after the other: what is read last needs the files and keys that were checked before.
    private static IEnumerable<Verdict> Check(ModelCase c, string folder)
    {
        yield return CheckFiles(folder);
        yield return CheckHashes(folder);
        yield return CheckClasses(folder);
        yield return CheckSizes(c, folder);
        yield return CheckCard(folder);
        yield return Verdict.Equal(c.Config, ExportedModel.OpenUnchecked(folder).Config, "configuration");
    }

    private static Verdict CheckFiles(string folder) => Verdict.Equal(
        "", string.Join(", ", Required.Where(name => !File.Exists(Path.Combine(folder, name)))), "missing files");

    private static Verdict CheckHashes(string folder)
    {
        var sums = TextFile.ReadLines(Path.Combine(folder, "SHA256SUMS")).Order(StringComparer.Ordinal).ToArray();
        var expected = Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != "SHA256SUMS")
            .Select(file => $"{ComputeHash(file)}  {Path.GetFileName(file)}").Order(StringComparer.Ordinal).ToArray();
        return Verdict.SameElements(expected, sums, "hashes");
    }

    private static Verdict CheckClasses(string folder)
    {
        var config = ReadConfig(folder);
        var classes = config["auto_map"] as JsonObject ?? [];
        var unknown = classes.Select(entry => (string)entry.Value!).Where(name =>
            name.Split('.') is not [var module, var type]
            || !File.Exists(Path.Combine(folder, $"{module}.py"))
            || !ReadText(folder, $"{module}.py").Contains($"\nclass {type}(", StringComparison.Ordinal));
        var model = ((string?)classes["AutoModelForCausalLM"])?.Split('.')[^1];
        return Verdict.All(
            Verdict.Equal("AutoConfig, AutoModelForCausalLM", string.Join(", ", classes.Select(entry => entry.Key)), "auto_map"),
            Verdict.Equal("", string.Join(", ", unknown), "classes that no file defines"),
            Verdict.Equal(model, (string?)config["architectures"]![0], "architecture"),
            Verdict.Equal(
                $"model_type = \"{config["model_type"]}\"",
                ModelType().Match(ReadText(folder, "configuration_turkishllm.py")).Value, "model type of the program"));
    }

    // The parameters of the configuration class, by their place among the sizes.
    private static Verdict CheckSizes(ModelCase c, string folder)
    {
        var config = ReadConfig(folder);
        (string Key, double Value)[] sizes =
        [
            ("vocab_size", c.Vocabulary), ("hidden_size", c.Width), ("num_hidden_layers", c.Layers),
            ("num_attention_heads", c.Heads), ("num_key_value_heads", c.KeyValueHeads), ("intermediate_size", c.Inner),
            ("max_position_embeddings", c.Config.MaxSeqLen), ("dropout", c.Dropout), ("rms_norm_eps", c.Config.NormEps),
            ("tie_word_embeddings", c.Tied ? 1 : 0),
        ];
        var program = ReadText(folder, "configuration_turkishllm.py");
        return Verdict.All(
            Verdict.SameElements(
                [.. sizes.Select(size => size.Value)], [.. sizes.Select(size => ToNumber(config[size.Key]))], "sizes"),
            Verdict.Equal(
                "", string.Join(", ", sizes.Where(size => !Parameter(program, size.Key)).Select(size => size.Key)),
                "sizes that the program does not take"));
    }

    private static Verdict CheckCard(string folder)
    {
        var parts = ReadText(folder, "README.md").Split("---\n");
        string[] required = ["language:", "- tr", "library_name: transformers", "pipeline_tag: text-generation"];
        return parts is ["", var front, _, ..]
            ? Verdict.SameElements(required, [.. front.Split('\n').Where(line => line.Length > 0)], "front matter")
            : Verdict.That(false, "the card has no front matter");
    }

    private static bool Parameter(string program, string name) =>
        Regex.IsMatch(program, $@"^        {name}=", RegexOptions.Multiline)
        && program.Contains(name == "tie_word_embeddings" ? $"{name}={name}" : $"self.{name} = {name}", StringComparison.Ordinal);

    private static double ToNumber(JsonNode? value) => value is null ? double.NaN
        : value.GetValueKind() is System.Text.Json.JsonValueKind.True ? 1
        : value.GetValueKind() is System.Text.Json.JsonValueKind.False ? 0
        : value.GetValue<double>();

    private static Func<ModelCase, Conditions, WriteDirectory> After(Action<string> change) =>
        (_, _) => (weights, tokenizer, folder) =>
        {
            Write(weights, tokenizer, folder);
            change(folder);
        };

    private static void Change(string folder, Action<JsonObject> change)
    {
        var config = ReadConfig(folder);
        change(config);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        Hash(folder, "config.json");
    }

    // The impostors of other files hash what they wrote.
    private static void Hash(string folder, string name) => ChangeText(folder, "SHA256SUMS", text => string.Concat(
        text.Split('\n').Where(line => line.Length > 0).Select(line =>
            (line.EndsWith($"  {name}", StringComparison.Ordinal) ? $"{ComputeHash(Path.Combine(folder, name))}  {name}" : line)
                + "\n")));

    private static void ChangeText(string folder, string name, Func<string, string> change) =>
        File.WriteAllText(Path.Combine(folder, name), change(ReadText(folder, name)));

    private static string ReadText(string folder, string name) => TextFile.ReadAllText(Path.Combine(folder, name));

    private static JsonObject ReadConfig(string folder) =>
        StrictJson.ParseNode(ReadText(folder, "config.json"), "config.json").AsObject();

    private static string ComputeHash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

    [GeneratedRegex("model_type = \"[a-z]+\"")]
    private static partial Regex ModelType();
}
