using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Validation;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>
/// What optimizer, schedule and average of the weights do to the loss of v1 in equal time: runs from the same weights on the same
/// data, each with as many steps as its speed allows in that time.
/// </summary>
internal sealed class TrainingLevers(string tokenizerFolder, string shards, double minutes)
{
    private const int Rows = 8, Length = 512, ProbeSteps = 3, ValidationWindows = 200;
    private const double Rate = 1e-3, AverageDecay = 0.98;

    private static readonly (string Name, OptimizerKind Kind, ScheduleKind Schedule)[] Variants =
    [
        ("AdamW, cosine", OptimizerKind.AdamW, ScheduleKind.Cosine),
        ("AdamW, wsd", OptimizerKind.AdamW, ScheduleKind.Wsd),
        ("Muon, cosine", OptimizerKind.Muon, ScheduleKind.Cosine),
        ("Muon, wsd", OptimizerKind.Muon, ScheduleKind.Wsd),
    ];

    private readonly Tokenizer _tokenizer = Tokenizer.Load(tokenizerFolder);

    /// <summary>Runs every variant and prints a line for each.</summary>
    /// <param name="seeds">Number of seeds, of weights and of the order of the data.</param>
    public int Run(int seeds)
    {
        CheckedOperators.SetNumThreads(Environment.ProcessorCount);
        Console.WriteLine(BenchmarkProcess.DescribeMachine());
        Console.WriteLine(
            Invariant($"v1 with {_tokenizer.VocabularySize:N0} tokens, {Rows} × {Length}, float32, peak rate {Rate}, ")
            + Invariant($"{minutes} minutes a run; validation on {ValidationWindows} windows, nats per token (bits per byte); ")
            + Invariant($"average with decay {AverageDecay}"));
        foreach (var seed in Enumerable.Range(1, seeds))
            foreach (var (name, kind, schedule) in Variants)
                RunVariant(name, seed, new OptimizerPlan(Rate, Rate / 10, WarmupSteps: 0)
                {
                    Kind = kind, Schedule = schedule, DecayRatio = 0.2, DecayShape = DecayShape.Sqrt,
                });
        return 0;
    }

    private void RunVariant(string name, int seed, OptimizerPlan optimizer)
    {
        using var data = TokenDataset.Open(shards);
        data.RequireTokenizer(_tokenizer.Hash);
        var probe = Stopwatch.StartNew();
        using (var warm = new LeverRun(CreatePlan(optimizer, seed, 100), data))
        {
            warm.Train(1);
            probe.Restart();
            warm.Train(ProbeSteps);
        }
        var steps = Math.Max(10, (long)(minutes * 60 / (probe.Elapsed.TotalSeconds / ProbeSteps)));
        using var run = new LeverRun(CreatePlan(optimizer with { WarmupSteps = steps / 20 }, seed, steps), data);
        var started = Stopwatch.GetTimestamp();
        run.Train(steps);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var bytes = new TokenByteLengths(_tokenizer);
        var (own, average) = (run.Measure(run.Weights, bytes), run.Measure(run.Average, bytes));
        Console.WriteLine(
            Invariant($"  seed {seed}  {name,-14} {steps,6:N0} steps in {seconds / 60:F1} min  ")
            + Invariant($"weights {own.Loss:F4} ({own.BitsPerByte:F4})  average {average.Loss:F4} ({average.BitsPerByte:F4})"));
    }

    private TrainingPlan CreatePlan(OptimizerPlan optimizer, int seed, long steps) => new()
    {
        Name = "levers",
        RunFolder = "",
        Seed = seed,
        Model = new ModelConfig(
            _tokenizer.VocabularySize, ModelConfig.V1.DModel, ModelConfig.V1.NLayers, ModelConfig.V1.NHeads,
            ModelConfig.V1.NKvHeads, ModelConfig.V1.DFf, Length),
        Data = new DataPlan(tokenizerFolder, shards),
        Training = new BatchingPlan(steps, Rows, Length) { Ema = new EmaPlan(AverageDecay) },
        Optimizer = optimizer,
    };

    /// <summary>A run of a plan without its gate and its files.</summary>
    private sealed class LeverRun : IDisposable
    {
        private readonly TrainingPlan _plan;
        private readonly TokenDataset _data;
        private readonly WindowSampler _windows;
        private readonly LanguageModel _model;
        private readonly IOptimizer _optimizer;
        private readonly WeightAverage _average;
        private readonly LearningRateSchedule _schedule;
        private long _step;

        public LeverRun(TrainingPlan plan, TokenDataset data)
        {
            (_plan, _data) = (plan, data);
            Weights = WeightInitializer.Initialize(plan.Model, plan.Seed, CPU);
            _model = new(Weights, ComputeType.Float32);
            _optimizer = PlanOptimizer.Create(Weights, plan.Optimizer);
            _average = new(Weights, plan.Training.Ema!);
            _schedule = LearningRateSchedule.FromPlan(plan);
            _windows = new(data.Train, Length, plan.Seed);
        }

        public ParameterTable Weights { get; }

        public ParameterTable Average => _average.Average;

        public void Train(long steps)
        {
            for (var last = _step + steps; _step < last;)
            {
                _step++;
                using var batch = TokenBatch.Read(_windows, _step, firstRow: 0, Rows, Length, CPU);
                GradientAccumulation.Compute(_model, [batch], batch.LossTerms);
                GradientClipping.ClipByGlobalNorm(Weights, _plan.Optimizer.GradientClip);
                _optimizer.Step(_schedule.GetLearningRate(_step));
                _average.Update(_step);
                Weights.ClearGradients();
            }
        }

        public PerplexityMetrics Measure(ParameterTable weights, TokenByteLengths bytes)
        {
            using var model = new LanguageModel(weights, ComputeType.Float32);
            return LossEvaluator.Measure(model, _data.Validation, bytes, Length, ValidationWindows);
        }

        public void Dispose()
        {
            _model.Dispose();
            _optimizer.Dispose();
            _average.Dispose();
            Weights.Dispose();
        }
    }
}
