using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Cli;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Gguf;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Tokenization;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Tokenization.Foreign;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Models with a tokenizer of another program: import, use, training and export.</summary>
[Collection(nameof(NonParallel))]
public sealed class ForeignImportTests : IDisposable
{
    private static readonly Tokenizer Merges = SmallTokenizer.Instance;
    private static readonly int FirstSpecial = Merges.VocabularySize - SpecialTokens.Count;

    private readonly TestWorkspace _here = new();
    private readonly ForeignFiles _files = new();

    public void Dispose()
    {
        _files.Dispose();
        _here.Dispose();
    }

    [Theory]
    [InlineData("hf", true)]
    [InlineData("gguf", true)]
    [InlineData("hf", false)]
    [InlineData("safetensors", false)]
    public async Task A_model_that_is_imported_exported_and_imported_again_has_the_same_bytes(string format, bool tied)
    {
        var model = WriteModel(tied, "<s>", "</s>", "[CLS]");
        (await RunSuccessfully("checkpoint", "import", model, _here / "mine")).Should()
            .Contain("Special tokens that it lacks, which are never predicted until the model is trained here: <|pad|>, <|unk|>");
        await RunSuccessfully("checkpoint", "export", _here / "mine", _here / "out", "--format", format);
        if (format == "hf") CompareWithOriginal(_here / "out", model);
        await RunSuccessfully("checkpoint", "import", _here / "out", _here / "again");
        await RunSuccessfully("checkpoint", "verify", _here / "again");
        foreach (var name in (string[])["model.safetensors", "config.json", "tokenizer.json"])
            File.ReadAllBytes(_here / $"again/{name}").Should().Equal(File.ReadAllBytes(_here / $"mine/{name}"), name);
        ForeignVocabulary.Load(_here / "again").Tokens.Should().Equal(ForeignVocabulary.Load(_here / "mine").Tokens);
    }

    [Fact]
    public async Task An_imported_model_generates_and_is_evaluated_as_the_original_would_be()
    {
        var model = WriteModel(tied: true, "<|endoftext|>");
        await RunSuccessfully("checkpoint", "import", model, _here / "mine");
        var text = await RunSuccessfully("generate", _here / "mine", "Ankara'da", "--max-tokens", "12", "--temperature", "1.5");
        text.Should().StartWith("Ankara'da").And.NotContain("<|unk|>").And.NotContain("<|reserved");

        var loss = await Evaluate(_here / "mine");
        loss.Should().BeApproximately(ComputeLossOfOriginal(), 1e-4);
    }

    [Fact]
    public async Task An_imported_model_is_trained_and_then_has_all_special_tokens()
    {
        var model = WriteModel(tied: false, "<s>", "</s>");
        await RunSuccessfully("checkpoint", "import", model, _here / "mine");
        await Prepare();
        var plan = TrainingPlan.Load(_here.Plan, []) with
        {
            Model = Config(tied: false, Tokenizer.Load(_here / "mine").VocabularySize),
            Data = new DataPlan(_here / "mine", _here / "shards"),
            WarmStart = new WarmStartPlan(_here / "mine"),
            Training = new BatchingPlan(Steps: 3, MicroBatchSize: 2, SequenceLength: 19, AccumulationSteps: 1),
            Samples = new SamplePlan { Every = 0 },
        };
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false))
            run.Train(cancellationToken: TestContext.Current.CancellationToken).Should().BeTrue();
        (await RunSuccessfully("generate", _here.Run, "Ankara", "--max-tokens", "3")).Should().StartWith("Ankara");
        await RunSuccessfully("checkpoint", "export", _here.Run, _here / "out", "--format", "gguf", "--checkpoint", "last");
        using var file = GgufFile.Open(_here / "out/model.gguf");
        GgufTokenizer.Read(file).Hash.Should().Be(Tokenizer.Load(_here / "mine").Hash);
        RefactArchitecture.Read(file).AbsentTokens.Count.Should().Be(0);
    }

    [Fact]
    public async Task A_model_with_the_names_and_the_template_of_this_program_chats()
    {
        var model = WriteModel(
            tied: true, "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>");
        File.WriteAllText(Path.Combine(model, "chat_template.jinja"), new ChatTemplate(Merges).ToJinja());
        await RunSuccessfully("checkpoint", "import", model, _here / "mine");
        await RunSuccessfully("generate", _here / "mine", "Nasılsın?", "--chat", "--max-tokens", "5");

        await RunSuccessfully("checkpoint", "export", _here / "mine", _here / "out", "--format", "gguf");
        File.ReadAllText(_here / "out/Modelfile").Should().Contain("PARAMETER stop \"<|eot_id|>\"");
        using (var file = GgufFile.Open(_here / "out/model.gguf"))
            file.Metadata.Get<uint>("tokenizer.ggml.eos_token_id").Should().Be((uint)FirstSpecial + 4);

        File.WriteAllText(Path.Combine(model, "chat_template.jinja"), "{{ messages }}");
        (await RunSuccessfully("checkpoint", "import", model, _here / "other")).Should()
            .Contain("The chat template of the file has other rules");
        File.Exists(_here / "other/chat_template.json").Should().BeFalse();
    }

    [Fact]
    public async Task Says_why_a_model_cannot_be_imported()
    {
        var model = WriteModel(tied: true, "</s>");
        var ran = await CommandLineRunner.Run("checkpoint", "import", model, _here / "mine", "-t", Write("</s>", "<s>"));
        (ran.Code, ran.FirstError).Should().Be((
            ExitCode.InvalidInput,
            FormattableString.Invariant($"{_here / "other/tokenizer.json"} cannot be read: ")
                + FormattableString.Invariant($"\"<s>\" has the id {FirstSpecial + 1}, ")
                + FormattableString.Invariant($"but the model has {FirstSpecial + 1} rows. Give the tokenizer of the model.")));
        File.Delete(_here / "other/tokenizer.json");
        File.WriteAllText(_here / "other/tokenizer.model", "\n");
        ran = await CommandLineRunner.Run("checkpoint", "import", model, _here / "mine", "-t", _here / "other");
        ran.FirstError.Should().EndWith("Models can be imported with a byte-level BPE only, in tokenizer.json.");
        Directory.Exists(_here / "mine").Should().BeFalse();

        string Write(params string[] names)
        {
            _here.Write("other/tokenizer.json", File.ReadAllBytes(WriteTokenizer(names)));
            return _here / "other";
        }
    }

    [Theory]
    [InlineData("pre", "starcoder", "tokenizer.ggml.pre is \"starcoder\"; this program has tekken, llama-bpe")]
    [InlineData("model", "llama", "tokenizer.ggml.model is \"llama\"; only \"gpt2\"")]
    [InlineData("token_type", 4, "is user-defined: it is cut out of every text")]
    [InlineData("token_type", 6, "is a byte to fall back to")]
    [InlineData("token_type", 9, "has the unknown type 9")]
    [InlineData("eos_token_id", 99999u, "a special token has the id 99999, but there are")]
    [InlineData("eos_token_id", null, "which token ends a text. Name it: eos_token in tokenizer_config.json, or tokenizer.ggml")]
    [InlineData("pre", null, "tokenizer.ggml.pre is missing")]
    public async Task Says_why_a_GGUF_file_cannot_be_imported(string key, object? value, string reason)
    {
        await RunSuccessfully("checkpoint", "import", WriteModel(tied: true, "</x>"), _here / "mine");
        await RunSuccessfully("checkpoint", "export", _here / "mine", _here / "out", "--format", "gguf");
        Change(_here / "out/model.gguf", $"tokenizer.ggml.{key}", value);
        var ran = await CommandLineRunner.Run("checkpoint", "import", _here / "out/model.gguf", _here / "again");
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.FirstError.Should().Contain(reason);
        Directory.Exists(_here / "again").Should().BeFalse();
    }

    private static ModelConfig Config(bool tied, int vocabulary) => new(
        vocabulary, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 24, tieEmbeddings: tied);

    private static ParameterTable CreateWeights(bool tied, int vocabulary)
    {
        var weights = WeightInitializer.Initialize(Config(tied, vocabulary), seed: 9, CPU);
        using var grad = no_grad();
        foreach (var tensor in weights.Tensors) tensor.mul_(8);
        return weights;
    }

    private string WriteTokenizer(params string[] names) => _files.WriteJson(Merges, json =>
    {
        json["pre_tokenizer"] = JsonNode.Parse("""{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}""");
        json["added_tokens"] = new JsonArray([.. names.Select((name, i) => new JsonObject
        {
            ["id"] = FirstSpecial + i, ["content"] = name, ["special"] = true,
        })]);
    });

    // A model as another program would leave it, with our configuration.
    private string WriteModel(bool tied, params string[] names)
    {
        using var weights = CreateWeights(tied, FirstSpecial + names.Length);
        var folder = Path.GetDirectoryName(_here.Write("theirs/tokenizer.json", File.ReadAllBytes(WriteTokenizer(names))))!;
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            $$"""{"eos_token": "{{(names.Length == 1 ? names[0] : names[1])}}"}""");
        ParameterFile.Save(Path.Combine(folder, "model.safetensors"), [("", weights)]);
        ModelConfigFile.Write(Path.Combine(folder, "config.json"), weights.Config);
        return folder;
    }

    private async Task Prepare()
    {
        var text = _here.Write("text.txt", string.Join("\n\n", File.ReadLines(
            Path.Combine(ReferenceRun.Fixtures, "text", "news.txt")).Where(line => line.Length > 80).Take(60)));
        await RunSuccessfully(
            "data", "prepare", text, "--tokenizer", _here / "mine", "--output", _here / "shards", "--validation-share", "0.2");
    }

    private async Task<double> Evaluate(string model)
    {
        await Prepare();
        var said = await RunSuccessfully(
            "evaluate", model, "--shards", _here / "shards", "--windows", "3", "--sequence-length", "20");
        return double.Parse(
            Regex.Match(said, @"loss ([\d.]+) nats per token").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    // The first three windows of the validation split, with the ids and the weights of the original.
    private double ComputeLossOfOriginal()
    {
        using var shards = TurkishLlm.Data.Batches.TokenDataset.Open(_here / "shards");
        var windows = new TurkishLlm.Data.Batches.SequentialWindows(
            shards.GetSplit(TurkishLlm.Data.Batches.DataSplit.Validation), 20);
        var sources = VocabularyConversion.Create(ForeignVocabulary.Load(_here / "mine"), "").Sources;
        using var weights = CreateWeights(tied: true, FirstSpecial + 1);
        using var model = new LanguageModel(weights);
        using var grad = no_grad();
        var sum = 0.0;
        for (var window = 0; window < 3; window++)
        {
            var (inputs, targets) = (new long[20], new long[20]);
            windows.Read(window, inputs, targets);
            using var scope = NewDisposeScope();
            var losses = model.ComputeLosses(Translate(inputs), Translate(targets));
            sum += losses.to(float64).sum().ToDouble();
        }
        return sum / 60;

        Tensor Translate(long[] ids) => tensor(Array.ConvertAll(ids, id => (long)sources[(int)id])).unsqueeze(0);
    }

    private static void CompareWithOriginal(string folder, string model)
    {
        using var ours = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        using var theirs = SafetensorsFile.Open(Path.Combine(model, "model.safetensors"));
        foreach (var tensor in theirs.Tensors)
            ours.GetSpan<byte>(WeightNames.ToHuggingFace(tensor.Name)).ToArray().Should()
                .Equal(theirs.GetSpan<byte>(tensor.Name).ToArray(), tensor.Name);
        var (written, original) = (Read(folder), Read(model));
        foreach (var key in (string[])["vocab", "merges"])
            Sorted(written["model"]![key]!).Should().Equal(Sorted(original["model"]![key]!), key);
        written["added_tokens"]!.AsArray().Select(token => (int)token!["id"]!).Should()
            .Equal(original["added_tokens"]!.AsArray().Select(token => (int)token!["id"]!));

        JsonNode Read(string at) => JsonNode.Parse(File.ReadAllText(Path.Combine(at, "tokenizer.json")))!;

        string[] Sorted(JsonNode node) => node is JsonObject entries
            ? [.. entries.Select(entry => $"{entry.Key} {entry.Value}").Order(StringComparer.Ordinal)]
            : [.. node.AsArray().Select(entry => (string)entry!)];
    }

    // Replaces the value of a key, or removes the key; of token types, that of token 0.
    private static void Change(string path, string key, object? value)
    {
        var metadata = new GgufMetadata(path);
        var tensors = new List<(GgufTensorInfo Tensor, float[] Values)>();
        using (var file = GgufFile.Open(path))
        {
            foreach (var other in file.Metadata.Keys)
                if (other != key) metadata.Add(other, file.Metadata.Get(other));
                else if (value is int type) metadata.Add(key, (int[])[type, .. file.Metadata.Get<int[]>(key).Skip(1)]);
                else if (value is not null) metadata.Add(key, value);
            var model = RefactArchitecture.Read(file);
            using var weights = GgufWeights.Load(file, model, CPU);
            foreach (var tensor in file.StoredTensors)
            {
                var name = RefactArchitecture.FromGguf(tensor.Name);
                tensors.Add((tensor, MemoryMarshal.Cast<byte, float>(weights[name].detach().contiguous().bytes).ToArray()));
            }
        }
        using var writer = GgufWriter.Create(path, metadata, tensors.Select(tensor => tensor.Tensor));
        foreach (var (tensor, values) in tensors) writer.Write(tensor.Name, values);
        writer.Finish();
    }

    private static async Task<string> RunSuccessfully(params string[] arguments)
    {
        var ran = await CommandLineRunner.Run(arguments);
        ran.Code.Should().Be(ExitCode.Success, ran.Errors);
        return ran.Output + ran.Errors;
    }
}
