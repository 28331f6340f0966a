using System.Text.Json;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Specification;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Runs.HuggingFace;

/// <summary>
/// The exported <c>modeling_turkishllm.py</c> computes what we compute: logits, also with padding and with a cache, greedy text
/// and loss, on every preset. It runs in transformers, or in PyTorch with a stub of the few names it takes from transformers.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class HuggingFaceModelTests(ITestOutputHelper output) : IDisposable
{
    private const int Time = 24, Pads = 5, Written = 8;

    private static readonly (string Name, ModelConfig Config)[] Shapes =
    [
        ("toy", ModelConfig.Toy(512)),
        ("v1", ModelConfig.V1),
        ("v2", ModelConfig.V2),
        // Heads that are not a power of two, an untied head, and an epsilon that matters.
        ("untied",
            new(320, dModel: 48, nLayers: 2, nHeads: 6, nKvHeads: 3, dFf: 56, 128, 0.2, tieEmbeddings: false, normEps: 1e-3)),
        ("one_kv_head", new(300, dModel: 40, nLayers: 3, nHeads: 4, nKvHeads: 1, dFf: 72, 128, normEps: 1e-3)),
        ("as_many_kv_heads", new(280, dModel: 36, nLayers: 2, nHeads: 3, nKvHeads: 3, dFf: 40, 128, normEps: 1e-3)),
    ];

    // Bugs of the program, and the measurements that each must spoil.
    private static readonly (string Name, string Find, string Replace, string[] Spoils)[] Bugs =
    [
        ("tiled", "k.repeat_interleave(self.group, dim=1), v.repeat_interleave(self.group, dim=1)",
            "k.repeat(1, self.group, 1, 1), v.repeat(1, self.group, 1, 1)", ["logits", "padded", "cached"]),
        ("slopes_from_zero", "range(1, heads + 1)", "range(heads)", ["logits", "padded", "cached"]),
        ("slopes_of_the_next_power", "-8.0 * i / heads", "-8.0 * i / 8", ["logits"]),
        ("usual_epsilon", "+ self.eps)", "+ 1e-6)", ["logits"]),
        ("always_tied", "self.model.embed_tokens if self.config.tie_word_embeddings else self.lm_head",
            "self.model.embed_tokens", ["logits", "loss"]),
        ("one_ahead", "(distance < 0)", "(distance < -1)", ["logits"]),
        ("padding_is_seen", "hidden = hidden | (mask == 0)[:, None, None, :]", "pass", ["padded", "cached"]),
        ("padding_is_not_a_number", "torch.finfo(dtype).min", "float('-inf')", ["padded"]),
        ("distance_from_the_first_key", "torch.arange(total - new, total, device=device), ",
            "torch.arange(new, device=device), ", ["cached"]),
        ("gelu", "F.silu(", "F.gelu(", ["logits"]),
        ("norms_swapped", "self.self_attn(self.input_layernorm(x)", "self.self_attn(self.post_attention_layernorm(x)",
            ["logits"]),
        ("first_logits", "hidden[:, -logits_to_keep:]", "hidden[:, :logits_to_keep or None]", ["last"]),
        ("loss_not_shifted", "labels[:, 1:]", "labels[:, :-1]", ["loss"]),
        ("sum_not_divided", "loss / num_items_in_batch", "loss", ["summed"]),
        ("reads_the_first_id_again", "input_ids[:, read:]", "(input_ids[:, :1] if read else input_ids)", ["greedy"]),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_exported_program_computes_our_logits()
    {
        var python = PythonProgram.Require();
        double[] largest = [.. Shapes.Select(shape => Export(shape.Name, shape.Config))];
        var found = Measure(python, [.. Shapes.Select(shape => shape.Name)]);
        foreach (var (i, (name, config)) in Shapes.Index())
            foreach (var (what, value) in found[i])
            {
                var allowed = Allowed(config, largest[i], what);
                output.WriteLine(FormattableString.Invariant($"{name} {what} {value:G3} of {allowed:G3}"));
                value.Should().BeLessThanOrEqualTo(allowed, "{0} of {1} is ours", what, name);
            }
    }

    [Fact]
    public void A_bug_of_the_program_is_measured()
    {
        var python = PythonProgram.Require();
        var (name, config) = Shapes.Single(shape => shape.Name == "untied");
        var largest = Export(name, config);
        foreach (var bug in Bugs) Plant(name, bug.Name, bug.Find, bug.Replace);
        var found = Measure(python, [name, .. Bugs.Select(bug => bug.Name)]);
        foreach (var (what, value) in found[0]) value.Should().BeLessThanOrEqualTo(Allowed(config, largest, what));
        foreach (var (bug, measured) in Bugs.Zip(found.Skip(1)))
            foreach (var what in bug.Spoils)
            {
                var allowed = Allowed(config, largest, what);
                output.WriteLine(FormattableString.Invariant($"{bug.Name} {what} {measured[what]:G3} of {allowed:G3}"));
                measured[what].Should().BeGreaterThan(allowed, "{0} with the bug {1}", what, bug.Name);
            }
    }

    [Theory]
    [InlineData(SafetensorsDtype.F32)]
    [InlineData(SafetensorsDtype.BF16)]
    public void Comes_back_bit_for_bit(SafetensorsDtype type)
    {
        foreach (var (name, config) in Shapes.Where(shape => shape.Config.VocabSize < 1000))
        {
            using var weights = Draw(config);
            Write(name, weights, type);
            using var back = ExportedModel.Open(_folder / name).LoadParameters(CPU);
            back.Config.Should().Be(config);
            foreach (var weight in weights.Names)
            {
                using var scope = NewDisposeScope();
                var expected = type == SafetensorsDtype.BF16 ? weights[weight].to(bfloat16).to(float32) : weights[weight];
                back[weight].eq(expected).all().item<bool>().Should().BeTrue("{0} of {1} comes back", weight, name);
            }
        }
    }

    // Both programs err by TOL-MODEL; TOL-DECODER. A loss changes by at most twice what a logit does, and TOL-LOSS.
    private static double Allowed(ModelConfig config, double largest, string what)
    {
        var longest = Math.Max(config.DModel, config.DFf);
        var logits = Tolerance.Decoder(ScalarType.Float32, config.NLayers, longest);
        return what switch
        {
            "greedy" => 0,
            "bfloat16" => Tolerance.Decoder(ScalarType.BFloat16, config.NLayers, longest),
            "loss" or "summed" => 2 * (logits * largest + Tolerance.Loss(ScalarType.Float32, config.VocabSize, largest)),
            _ => logits,
        };
    }

    // Runs check.py once for all: starting Python and PyTorch takes seconds.
    private IReadOnlyDictionary<string, double>[] Measure(string python, params string[] names)
    {
        var program = Path.Combine(Repository.Root, "tests", "Unit", "Runs", "HuggingFace", "check.py");
        var lines = PythonProgram.Run(python, ["-B", program, _folder.Path, .. names]).TrimEnd().Split('\n');
        output.WriteLine(lines[^1]);
        return [.. lines[..^1].Select(line => JsonSerializer.Deserialize<Dictionary<string, double>>(line)!)];
    }

    // Exports a model, and writes ids and what we compute from them. Returns the largest logit.
    private double Export(string name, ModelConfig config)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var weights = Draw(config);
        Write(name, weights, SafetensorsDtype.F32);
        using var model = new LanguageModel(weights);
        using var generator = new Generator(5);
        var ids = randint(16, config.VocabSize, [3, Time], int64, generator: generator);
        ids[0, 0] = tensor(config.VocabSize - 1L);
        var logits = model.Forward(ids);
        File.WriteAllBytes(_folder / $"{name}.logits", [.. logits.bytes]);
        var targets = ids.slice(1, 1, Time, 1).clone();
        targets.narrow(1, 0, 9).fill_(CrossEntropy.IgnoreIndex);
        var losses = model.ComputeLosses(ids.narrow(1, 0, Time - 1), targets);
        var counted = targets.ne(CrossEntropy.IgnoreIndex).sum().item<long>();
        var labels = ids.clone();
        labels.narrow(1, 0, 10).fill_(-100);      // that of transformers
        File.WriteAllText(_folder / $"{name}.json", JsonSerializer.Serialize(new
        {
            ids = Rows(ids),
            labels = Rows(labels),
            pads = Pads,
            pad_id = SpecialTokens.Pad,
            logits = $"{name}.logits",
            loss = losses.sum().item<float>() / counted,
            targets = counted,
            greedy = Enumerable.Range(0, 3)
                .Select(row => Continue(model, ids[row].narrow(0, 0, row == 2 ? 6 : Pads + 6))).ToArray(),
            bfloat16 = true,
        }));
        return logits.abs().max().item<float>();
    }

    private void Plant(string from, string name, string find, string replace)
    {
        Directory.CreateDirectory(_folder / name);
        foreach (var file in Directory.EnumerateFiles(_folder / from))
            File.Copy(file, _folder / $"{name}/{Path.GetFileName(file)}");
        File.Copy(_folder / $"{from}.json", _folder / $"{name}.json");
        var program = _folder / $"{name}/modeling_turkishllm.py";
        var text = File.ReadAllText(program);
        text.Split(find).Should().HaveCount(2, "{0} occurs once", find);
        File.WriteAllText(program, text.Replace(find, replace, StringComparison.Ordinal));
    }

    private void Write(string name, ParameterTable weights, SafetensorsDtype type)
    {
        // Pairs of bytes, so that there are as many tokens as the vocabulary has.
        var merges = Enumerable.Range(0, weights.Config.VocabSize - VocabularyLayout.FirstMerge)
            .Select(i => (VocabularyLayout.FirstByte + i / 256, VocabularyLayout.FirstByte + i % 256));
        new Tokenizer([.. merges]).Save(_folder / $"{name}.tok");
        ExportedModel.Write(_folder / name, weights, _folder / $"{name}.tok", template: null, ExportFormat.HuggingFace, type);
    }

    // Matrices that keep the scale of their input, and norms other than one: the usual initial weights hide scores and norms.
    private static ParameterTable Draw(ModelConfig config)
    {
        using var generator = new Generator(3);
        return ParameterTable.Create(config, (name, shape) =>
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var draw = randn(shape, float32, generator: generator);
            return (shape.Length == 1 ? draw * 0.1 + 1
                : name is "embed_tokens.weight" or "lm_head.weight" ? draw * 0.05
                : draw * (1 / Math.Sqrt(shape[1]))).MoveToOuterDisposeScope();
        });
    }

    private static long[] Continue(LanguageModel model, Tensor ids)
    {
        var text = ids.data<long>().ToList();
        for (var i = 0; i < Written; i++)
        {
            using var scope = NewDisposeScope();
            text.Add(model.Forward(tensor(text.ToArray()).unsqueeze(0))[0, -1].argmax().item<long>());
        }
        return [.. text.TakeLast(Written)];
    }

    private static long[][] Rows(Tensor ids) =>
        [.. Enumerable.Range(0, (int)ids.size(0)).Select(row => ids[row].data<long>().ToArray())];
}
