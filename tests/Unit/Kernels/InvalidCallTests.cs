using FluentAssertions;
using TorchSharp;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>
/// Makes invalid calls of everything that takes tensors, in this process: each must throw an exception that describes the input,
/// and the model must compute the same as before. In TorchSharp some of them end the process, and some compute something.
/// </summary>
[Collection(nameof(NonParallel))]
[Trait("Suite", "Fast")]
public sealed class InvalidCallTests : IDisposable
{
    private static readonly ModelConfig Config = new(272, dModel: 16, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 24, maxSeqLen: 8);
    private static readonly ModelConfig Wider = new(272, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 24, maxSeqLen: 8);
    private static readonly LoraConfig Lora = new(rank: 2, alpha: 4);

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ParameterTable _weights = WeightInitializer.Initialize(Config, seed: 1, CPU);
    private readonly LanguageModel _model;
    private readonly Tensor _ids = Ids(2, 3);

    public InvalidCallTests() => _model = new(_weights);

    public static TheoryData<string> Names
    {
        get
        {
            using var tests = new InvalidCallTests();
            return [.. tests.Calls().Keys];
        }
    }

    public void Dispose()
    {
        _model.Dispose();
        _weights.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_refused_with_what_came(string name) => Calls()[name].AssertRefused();

    [Fact]
    public void The_process_survives_all_of_them_and_computes_what_it_did_before()
    {
        var before = Losses();
        foreach (var (name, call) in Calls())
        {
            call.Invoking(bad => bad.Call()).Should().Throw<Exception>(name);
            Losses().Should().Equal(before, "nothing may have changed after {0}", name);
        }
        is_grad_enabled().Should().BeTrue();
    }

    private float[] Losses()
    {
        using var scope = NewDisposeScope();
        return [.. _model.ComputeLosses(_ids, Ids(2, 3)).detach().data<float>()];
    }

    private Dictionary<string, InvalidCall> Calls()
    {
        var narrow = randn([2, 3, 15]);
        return new()
        {
            ["an id behind the vocabulary"] = new(
                () => _model.Forward(tensor([1L, 2, 272], [1, 3])),
                "ids [1, 3] hold 272 at [0, 2]", "ids are 0 … 271", "tokenizer"),
            ["a negative id"] = new(
                () => _model.ForwardHidden(tensor([1L, -1, 2, 3], [2, 2])), "ids [2, 2] hold -1 at [0, 1]", "ids are 0 … 271"),
            ["an id behind the vocabulary in a view"] = new(
                () => _model.Forward(tensor([1L, 5, 400, 7], [2, 2]).t()), "ids [2, 2] hold 400 at [0, 1]"),
            ["ids without rows"] = new(
                () => _model.Forward(Ids(0, 3)), "LanguageModel", "at least one row and one position", "[0, 3]"),
            ["ids without positions"] = new(
                () => _model.Forward(Ids(2, 0)), "LanguageModel", "at least one row and one position", "[2, 0]"),
            ["ids of one axis"] = new(() => _model.Forward(Ids(3)), "LanguageModel takes [batch, time] but received [3]"),
            ["ids of three axes"] = new(
                () => _model.ComputeLossSum(Ids(1, 2, 3), Ids(1, 2, 3)),
                "LanguageModel takes [batch, time] but received [1, 2, 3]"),
            ["ids that are real numbers"] = new(
                () => _model.Forward(rand([2, 3])), "ids must be int64", "Float32 [2, 3]", "to(int64)"),
            ["ids that are int32"] = new(
                () => _model.ComputeNextTokenLogits(_ids.to(int32)),
                "ids must be int64", "Int32 [2, 3]"),
            ["ids on another device"] = new(() => _model.Forward(_ids.to(META)), "ids must be on cpu", "Int64 [2, 3] on meta"),
            ["ids that were freed"] = new(() => _model.Forward(Freed(_ids.clone())), "invalid"),
            ["no ids"] = new(() => _model.Forward(null!), "ids"),

            ["a target too few"] = new(
                () => _model.ComputeLossSum(_ids, Ids(2, 2)), "a target for each id", "ids [2, 3]", "targets [2, 2]"),
            ["targets on their side"] = new(
                () => _model.ComputeLosses(_ids, Ids(3, 2)), "CrossEntropy", "Float32 [2, 3, 272]", "Int64 [3, 2]"),
            ["a target behind the vocabulary"] = new(
                () => _model.ComputeLossSum(_ids, Ids(2, 3) + 300), "targets [6] hold 301 at [0]", "or -1"),
            ["a target below the ignored one"] = new(
                () => _model.ComputeLosses(_ids, Ids(2, 3) - 4), "targets [2, 3] hold -3 at [0, 0]", "or -1"),
            ["targets that are real numbers"] = new(
                () => _model.ComputeLossSum(_ids, rand([2, 3])), "targets must be int64", "Float32 [6]"),
            ["a counted position behind the last"] = new(
                () => _model.ComputeLossSum(_ids, Ids(2, 3), lossPositions: tensor([0L, 6])),
                "lossPositions [2] hold 6 at [1]", "positions are 0 … 5"),
            ["counted positions in rows"] = new(
                () => _model.ComputeLossSum(_ids, Ids(2, 3), lossPositions: Ids(1, 2)),
                "lossPositions takes [positions] but received [1, 2]"),
            ["hidden states of another width"] = new(
                () => _model.ComputeHeadLossSum(rand([4, 15]), Ids(4)),
                "HeadLossSum takes [rows, width=16] but received [4, 15]"),
            ["more targets than hidden states"] = new(
                () => _model.ComputeHeadLossSum(rand([4, 16]), Ids(5)), "HeadLossSum", "rows=4", "[5]"),

            ["a start behind its position"] = new(
                () => _model.ForwardHidden(_ids, segmentStarts: tensor([0L, 0, 2, 0, 2, 2], [2, 3])),
                "segmentStarts [2, 3] hold 2 at [1, 1]"),
            ["a start that falls"] = new(
                () => _model.ForwardHidden(_ids, segmentStarts: tensor([0L, 1, 0, 0, 0, 0], [2, 3])),
                "segmentStarts [2, 3] hold 0 at [0, 2]", "does not decrease"),
            ["a negative start"] = new(
                () => _model.ForwardHidden(_ids, segmentStarts: tensor([-1L, 0, 0, 0, 0, 0], [2, 3])),
                "segmentStarts [2, 3] hold -1 at [0, 0]"),
            ["starts of other rows"] = new(
                () => _model.ForwardHidden(_ids, segmentStarts: Ids(1, 3)),
                "segmentStarts takes [batch=2, time=3] but received [1, 3]"),

            ["a cache for one text"] = new(() => Cached(_ids, Config, 1), "1 × 2 heads of 4", "2 texts", "this model and batch"),
            ["a cache of another model"] = new(() => Cached(_ids, Wider, 2), "2 × 2 heads of 6", "2 heads of 4"),
            ["more positions than a cache holds"] = new(() => Cached(Ids(2, 6), Config, 2), "holds 0 of 5 positions", "6 more"),
            ["a cache for no text"] = new(() => Cached(_ids, Config, 0), "batch"),
            ["a cache for no position"] = new(() => Cached(_ids, Config, 2, capacity: -4), "capacity"),
            ["a prompt with an unknown token"] = new(
                () => new TextGenerator(_model).Generate([1, 272], SamplingOptions.Greedy(2)), "272"),
            ["a longer text than a cache holds"] = new(() => Read([1, 2, 3, 4, 5, 6]), "holds 0 of 5 positions", "6 more"),
            ["a text with an unknown token"] = new(() => Read([1, 2, 999]), "Token 999", "272 ids"),

            ["a product of shapes that do not fit"] = new(
                () => MatrixProduct.Batched(rand([2, 3]), rand([2, 3]), ComputeType.Float32), "matmul", "[2, 3]", "(3)"),
            ["a product in bfloat16 of shapes that do not fit"] = new(
                () => MatrixProduct.Batched(rand([2, 4, 3]), rand([3, 3, 5]), ComputeType.BFloat16),
                "matmul", "[2, 4, 3]", "[3, 3, 5]"),
            ["a linear map of another width"] = new(
                () => MatrixProduct.Linear(narrow, rand([4, 16]), ComputeType.Float32), "linear", "[2, 3, 15]", "[4, 16]"),
            ["a linear map of a vector"] = new(
                () => MatrixProduct.Linear(narrow, rand([15]), ComputeType.BFloat16), "linear", "[2, 3, 15]", "Float32 [15]"),
            ["a linear map of another number type"] = new(
                () => MatrixProduct.Linear(narrow, randn([4, 15], float64), ComputeType.Float32),
                "linear", "Float32 [2, 3, 15]", "Float64 [4, 15]"),
            ["a norm of another width"] = new(
                () => new RmsNorm(_weights["norm.weight"], 1e-6).Forward(narrow), "RmsNorm", "[..., 16]", "[2, 3, 15]"),
            ["a norm of width one"] = new(
                () => new RmsNorm(_weights["norm.weight"], 1e-6).Forward(rand([2, 3, 1])), "RmsNorm", "[..., 16]", "[2, 3, 1]"),
            ["a feed-forward network of another width"] = new(
                () => new SwiGlu(_weights, 0, ComputeType.Float32).Forward(narrow), "linear", "[2, 3, 15]", "[24, 16]"),

            ["an adapter of another model"] = new(() => Adapted(Wider), "adapter of layers.0", "A [2, 24]", "[16, 16]"),
            ["an adapter merged into another model"] = new(() => Merged(Wider), "adapter of layers.0", "A [2, 24]", "[16, 16]"),
            ["weights of another shape"] = new(
                () => _weights.CreateLike(_ => rand([3])), "embed_tokens.weight takes [272, 16] but received [3]"),
            ["weights of another model"] = new(
                () => Loaded(_weights, Wider), "embed_tokens.weight is [272, 16], the model takes [272, 24]"),
            ["a file cut short"] = new(() => Loaded(_weights, Config, keep: 0.5), "weights.safetensors"),

            ["logits of nothing"] = new(() => new TokenSampler(SamplingOptions.Greedy(1)).Sample([]), "no logits"),
            ["logits of nothing to draw from"] = new(() => new TokenSampler(new()).Sample([]), "no logits"),
            ["fewer logits than before"] = new(FewerLogits, "Token 2", "2 logits"),
            ["a gradient of another shape"] = new(
                () => Step(weight => rand([3])), "AdamW", "Float32 [272, 16]", "gradient Float32 [3]"),
            ["a gradient of another number type"] = new(
                () => Step(weight => zeros_like(weight, float64)), "AdamW", "Float32 [272, 16]", "Float64 [272, 16]"),
            ["clipping without gradients"] = new(
                () => GradientClipping.ClipByGlobalNorm(_weights, 1),
                "No weight has a gradient"),
            ["no threads"] = new(() => CheckedOperators.SetNumThreads(0), "threads"),
        };
    }

    // 1, 2, 3 … in a shape.
    private static Tensor Ids(params long[] shape) =>
        arange(1, 1 + shape.Aggregate(1L, (a, b) => a * b), dtype: int64).view(shape);

    private static Tensor Freed(Tensor tensor)
    {
        tensor.Dispose();
        return tensor;
    }

    private void Cached(Tensor ids, ModelConfig config, int batch, int capacity = 5)
    {
        using var cache = new KeyValueCache(config, batch, capacity, CPU);
        _model.Forward(ids, cache: cache);
    }

    private static Adapter Draw(ModelConfig config) => Adapter.Create(config, Lora, seed: 2, CPU);

    private void Read(int[] text)
    {
        using var cache = new PrefixCache(_model, capacity: 5);
        cache.ComputeNextTokenLogits(text);
    }

    private void Adapted(ModelConfig config)
    {
        using var adapter = Draw(config);
        using var model = new LanguageModel(_weights, adapter: adapter);
    }

    private void Merged(ModelConfig config)
    {
        using var adapter = Draw(config);
        adapter.MergeInto(_weights).Dispose();
    }

    private static void Loaded(ParameterTable weights, ModelConfig config, double keep = 1)
    {
        using var folder = new TemporaryFolder();
        var file = folder / "weights.safetensors";
        ParameterFile.Save(file, [("", weights)]);
        var bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(int)(keep * bytes.Length)]);
        ParameterFile.Load(file, config, CPU).Dispose();
    }

    private static void FewerLogits()
    {
        var sampler = new TokenSampler(new SamplingOptions { Temperature = 0, RepetitionPenalty = 1.5 });
        sampler.Sample([0.5f, 0.1f, 2]);
        sampler.Sample([0.5f, 0.1f]);
    }

    private static void Step(Func<Tensor, Tensor> gradient)
    {
        using var weights = WeightInitializer.Initialize(Config, seed: 1, CPU);
        using var optimizer = new AdamW(weights, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        weights["norm.weight"].grad = ones_like(weights["norm.weight"]);
        weights["embed_tokens.weight"].grad = gradient(weights["embed_tokens.weight"]);
        try
        {
            optimizer.Step(1e-3);
        }
        finally
        {
            optimizer.Steps.Should().Be(0);
        }
    }
}
