using System.Globalization;
using System.Text.Json;
using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives.Reinforcement;

namespace TurkishLlm.Spec.Training;

/// <summary>A short run that learns from rewards of a small model's answers.</summary>
/// <param name="Segments">Steps between interruptions, such as 1+2.</param>
/// <param name="UpdatesPerBatch">Steps on the same answers.</param>
/// <param name="Temperature">Temperature of the sampling.</param>
/// <param name="Adapter">True to train an adapter instead of the weights.</param>
public sealed record GrpoRunCase(string Segments, int UpdatesPerBatch, double Temperature, bool Adapter)
{
    internal const int GroupSize = 3, Questions = 2, MaxNewTokens = 6;

    internal int[] Lengths => [.. Segments.Split('+').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
}

/// <summary>Steps through a run and returns the answers that each step learned from.</summary>
public delegate IReadOnlyList<IReadOnlyList<RolloutAnswer>> RecordAnswers(GrpoData data, LanguageModel model, Action update);

/// <summary>Runs that learn from rewards: GRP-06, GRP-08.</summary>
public static class GrpoRunSpec
{
    private static readonly (string Question, string Answer)[] Rows =
    [
        ("Makara nerede?", "Çayırova deposunda."), ("Sipariş ne zaman kapanır?", "Son sevkiyatta."),
        ("Ağırlık nasıl girilir?", "Kilogram olarak."),
    ];

    public static readonly Requirement<GrpoRunCase, RecordAnswers> GRP_06_Policies = new()
    {
        Id = "GRP-06",
        Statement = "The answers of a batch stay the same in all of its steps, with the log-probabilities of the weights that "
            + "sampled them at the temperature of the sampling, and always those of the initial weights as reference; the "
            + "next batch has other answers, sampled from the current weights.",
        Source = "Shao et al. 2024, algorithm 1; BUG-GRP-05, BUG-GRP-06; TOL-ANSWER",
        CanonicalCases = [new("4", UpdatesPerBatch: 2, 1.3, Adapter: false), new("5", UpdatesPerBatch: 3, 0.8, Adapter: true)],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (c, _) => (data, model, update) => Record(data, model, update, c.Lengths.Sum(), (_, answers) => answers),
        Holds = CheckPolicies,
        Impostors = new()
        {
            ["old log-probabilities of every step"] = (c, _) => (data, model, update) => Record(
                data, model, update, c.Lengths.Sum(), (_, answers) => WithOld(answers, model, c.Temperature)),
            ["old log-probabilities at temperature 1"] = (c, _) => (data, model, update) => Record(
                data, model, update, c.Lengths.Sum(),
                (step, answers) => (step - 1) % c.UpdatesPerBatch == 0 ? WithOld(answers, model, temperature: 1) : answers),
            ["the reference is the sampling policy"] = (c, _) => (data, model, update) => Record(
                data, model, update, c.Lengths.Sum(),
                (_, answers) => [.. answers.Select(answer => answer with { Reference = answer.Old })]),
            ["the reference follows the weights"] = (c, _) => (data, model, update) => Record(
                data, model, update, c.Lengths.Sum(),
                (_, answers) => [.. WithOld(answers, model, c.Temperature).Zip(answers, (now, answer) =>
                    answer with { Reference = now.Old })]),
            ["answers of the first batch in every step"] = (c, _) => (data, model, update) =>
            {
                var all = Record(data, model, update, c.Lengths.Sum(), (_, answers) => answers);
                return [.. all.Select(_ => all[0])];
            },
            ["the answers of a group are one answer"] = (c, _) => (data, model, update) => Record(
                data, model, update, c.Lengths.Sum(),
                (_, answers) => [.. answers.Select((_, i) => answers[i / GrpoRunCase.GroupSize * GrpoRunCase.GroupSize])]),
            ["groups are mixed"] = (c, _) => (data, model, update) => Record(
                data, model, update, c.Lengths.Sum(), (_, answers) =>
                    [.. answers.Select((answer, i) => answer with { Prompt = answers[(i + 1) % answers.Count].Prompt })]),
        },
    };

    public static readonly Requirement<GrpoRunCase, Func<TrainingPlan, IReadOnlyList<string>>> GRP_08_Resume = new()
    {
        Id = "GRP-08",
        Statement = "A run that is stopped and resumed, also between two steps on the same answers, has the losses, rewards and "
            + "weights of the uninterrupted run, bit for bit.",
        Source = "BUG-GRP-08, BUG-CKP-04; probe P-RESUME",
        CanonicalCases =
        [
            new("1+2+2", UpdatesPerBatch: 2, Temperature: 1, Adapter: false), new("2+1", UpdatesPerBatch: 3, 0.9, Adapter: true),
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (c, _) => plan => Train(plan, c.Lengths, Trainer.Resume),
        Holds = (train, c, at) => WithPlan(c, at, plan => Verdict.SameElements(
            Train(plan, [c.Lengths.Sum()], Trainer.Resume), train(plan), "losses, rewards and weights")),
        Impostors = new()
        {
            ["answers are sampled again"] = (c, _) => plan => Train(
                plan, c.Lengths,
                (clearance, folder, environment) => ForgetAnswers(Trainer.Resume(clearance, folder, environment))),
            ["the answers of another seed"] = (c, _) => plan => Train(
                plan with { Seed = plan.Seed + 1 }, c.Lengths, Trainer.Resume),
            ["every interruption begins a batch"] = (c, _) => plan => Train(
                plan with { Grpo = plan.Grpo! with { UpdatesPerBatch = 1 } }, c.Lengths, Trainer.Resume),
            ["it begins again"] = (c, _) => plan => Train(
                plan, c.Lengths, (clearance, _, environment) => Trainer.Create(clearance, environment)),
        },
    };

    public static IReadOnlyList<Requirement> All => [GRP_06_Policies, GRP_08_Resume];

    /// <summary>Creates a plan of a small model that starts from random weights in a file.</summary>
    internal static TrainingPlan CreatePlan(GrpoRunCase c, Conditions at, string folder)
    {
        var (start, file) = (Path.Combine(folder, "start"), Path.Combine(folder, "questions.jsonl"));
        File.WriteAllLines(
            file, Rows.Select(row => JsonSerializer.Serialize(new { question = row.Question, answer = row.Answer })));
        var plan = at.TextPlan with
        {
            Name = "rewards",
            RunFolder = Path.Combine(folder, "run"),
            Model = PreferenceRunSpec.Model(at),
            Training = new BatchingPlan(c.Lengths.Sum(), GrpoRunCase.GroupSize, SequenceLength: 16, GrpoRunCase.Questions),
            Optimizer = new OptimizerPlan(2e-2, 2e-3, WarmupSteps: 0),
            Evaluation = new EvaluationPlan(Every: 0),
        };
        using (var trainer = Trainer.Create(Clear(plan))) trainer.Save(start);
        return plan with
        {
            Training = plan.Training with { SequenceLength = 256 },
            WarmStart = new WarmStartPlan(start),
            Grpo = new GrpoPlan(
                [file],
                new RewardsPlan { Ends = 0.4, Length = new LengthRewardPlan(Maximum: 2) })
            {
                GroupSize = GrpoRunCase.GroupSize, MaxNewTokens = GrpoRunCase.MaxNewTokens, Temperature = c.Temperature,
                Kl = 0.1, UpdatesPerBatch = c.UpdatesPerBatch,
            },
            Lora = c.Adapter ? new LoraConfig(rank: 4, alpha: 8) : null,
        };
    }

    private static Clearance Clear(TrainingPlan plan) => new(plan, reportJson: "{}", digest: "", requirementCount: 0);

    private static Verdict WithPlan(GrpoRunCase c, Conditions at, Func<TrainingPlan, Verdict> judge)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-rewards-");
        try
        {
            return judge(CreatePlan(c, at, scratch.FullName));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static Verdict CheckPolicies(RecordAnswers record, GrpoRunCase c, Conditions at) => WithPlan(c, at, plan =>
    {
        using var data = new GrpoData(plan);
        data.Prepare(at.Device, SingleProcessGroup.Instance);
        using var initial = WeightLoader.Open(plan.WarmStart!.Checkpoint).Load(plan, at.Device);
        using var reference = new LanguageModel(initial, plan.ComputeType);
        using var weights = WeightLoader.Open(plan.WarmStart!.Checkpoint).Load(plan, at.Device);
        using var adapter = plan.Lora is { } lora ? Adapter.Create(plan.Model, lora, plan.Seed, at.Device) : null;
        using var model = new LanguageModel(weights, plan.ComputeType, adapter: adapter);
        var template = new ChatTemplate(at.Tokenizer);
        var prompts = Rows.Select(row => template.RenderPrompt(new(ChatMessage.User(row.Question)))).ToArray();
        var (copies, steps) = (new List<ParameterTable>(), 0);      // the weights before each step
        KeepWeights();
        var recorded = record(data, model, () =>
        {
            Move(model.TrainableParameters, ++steps);
            KeepWeights();
        });
        try
        {
            return Verdict.All(recorded.Index().SelectMany(step =>
                CheckStep(step.Item, step.Index, recorded, copies, reference, prompts, plan, c)));
        }
        finally
        {
            copies.ForEach(copy => copy.Dispose());
        }

        void KeepWeights() =>
            copies.Add(adapter?.MergeInto(weights) ?? weights.CreateLike(name => weights[name].detach().clone()));
    });

    private static IEnumerable<Verdict> CheckStep(
        IReadOnlyList<RolloutAnswer> answers, int step, IReadOnlyList<IReadOnlyList<RolloutAnswer>> recorded,
        List<ParameterTable> copies, LanguageModel reference, IReadOnlyList<int>[] prompts, TrainingPlan plan, GrpoRunCase c)
    {
        var first = step / c.UpdatesPerBatch * c.UpdatesPerBatch;
        using var sampler = new LanguageModel(copies[first], plan.ComputeType);
        // A merged adapter rounds once more. Logits of a model of this width are far below 8.
        var type = plan.ComputeType.NumberType;
        var allowed = 2 * Tolerance.AnswerLogProbability(
            type, plan.Model.VocabSize, largest: 8, Tolerance.Model(type, layers: 2, longest: 40), tokens: 1);
        var (old, initial) = (Measure(sampler), Measure(reference));
        for (var i = 0; i < answers.Count; i++)
        {
            var (answer, number) = (answers[i], FormattableString.Invariant($"of answer {i} in step {step}"));
            var group = answers.Skip(i / GrpoRunCase.GroupSize * GrpoRunCase.GroupSize).Take(GrpoRunCase.GroupSize).ToArray();
            yield return Verdict.That(
                group.All(other => other.Prompt.SequenceEqual(answer.Prompt))
                    && prompts.Any(prompt => prompt.SequenceEqual(answer.Prompt)), $"the question {number} is that of its group");
            yield return Verdict.That(
                answer.Answer.Count == GrpoRunCase.MaxNewTokens || SpecialTokens.Count > answer.Answer[^1],
                $"the end {number} is a special token");
            yield return Verdict.AtMost(allowed, Distance(answer.Old, old[i]), $"old log-probabilities {number}, |Δ|");
            yield return Verdict.AtMost(allowed, Distance(answer.Reference, initial[i]), $"reference {number}, |Δ|");
            yield return Verdict.SameElements(recorded[first][i].Answer, answer.Answer, $"tokens {number}");
        }
        yield return Verdict.AtLeast(
            2, answers.Take(GrpoRunCase.GroupSize).DistinctBy(answer => string.Join(' ', answer.Answer)).Count(),
            "different answers to a question");
        if (first > 0)
            yield return Verdict.That(
                !recorded[first - 1].Zip(answers).All(pair => pair.First.Answer.SequenceEqual(pair.Second.Answer)),
                "a batch has other answers than the one before");

        IReadOnlyList<IReadOnlyList<double>> Measure(LanguageModel model) =>
            AnswerLikelihood.Measure(model, answers, c.Temperature, plan.Training.MicroBatchSize);
    }

    private static double Distance(IReadOnlyList<double> one, IReadOnlyList<double> other) =>
        one.Count == other.Count ? one.Zip(other, (a, b) => Math.Abs(a - b)).Max() : double.NaN;

    // Changes that are large enough to be seen and small enough for a useful model.
    private static void Move(ParameterTable weights, int step)
    {
        using var grad = TorchSharp.torch.no_grad();
        foreach (var weight in weights.Tensors)
            weight.add_(TorchSharp.torch.ones_like(weight).cumsum(0).mul(0.7 * step).sin(), alpha: 0.03);
    }

    private static List<IReadOnlyList<RolloutAnswer>> Record(
        GrpoData data, LanguageModel model, Action update, int steps,
        Func<int, IReadOnlyList<RolloutAnswer>, IReadOnlyList<RolloutAnswer>> change)
    {
        var recorded = new List<IReadOnlyList<RolloutAnswer>>();
        for (var step = 1; step <= steps; step++)
        {
            data.PrepareStep(model, step, batchSize: 1, SingleProcessGroup.Instance);
            recorded.Add(change(step, data.Answers));
            update();
        }
        return recorded;
    }

    private static IReadOnlyList<RolloutAnswer> WithOld(
        IReadOnlyList<RolloutAnswer> answers, LanguageModel model, double temperature) =>
        [
            .. AnswerLikelihood.Measure(model, answers, temperature, GrpoRunCase.GroupSize)
                .Zip(answers, (old, answer) => answer with { Old = old }),
        ];

    // The losses and rewards of all steps, and after them the hashes of the weights and moments.
    private static List<string> Train(
        TrainingPlan plan, int[] lengths, Func<Clearance, string, TurkishLlm.Training.Safety.RunEnvironment?, Trainer> resume)
    {
        var (trace, folder) = (new List<string>(), "");
        var scratch = Directory.CreateTempSubdirectory("turkishllm-rewards-");
        try
        {
            foreach (var length in lengths)
            {
                using var trainer = folder.Length == 0 ? Trainer.Create(Clear(plan)) : resume(Clear(plan), folder, null);
                for (var i = 0; i < length; i++)
                {
                    var step = trainer.TakeStep();
                    trace.Add(string.Create(
                        CultureInfo.InvariantCulture, $"{step.Loss:R} {step.Grpo!.Reward:R} {step.Grpo.Kl:R} {step.Tokens}"));
                }
                folder = Path.Combine(scratch.FullName, FormattableString.Invariant($"after-{trace.Count}"));
                trainer.Save(folder);
            }
            var hashes = Checkpoint.Open(folder).State.Sha256;
            trace.AddRange(
                hashes.Where(file => file.Key.EndsWith(".safetensors", StringComparison.Ordinal)).Select(file => file.Value));
            return trace;
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // As if only weights and moments were saved, and the number of tokens.
    private static Trainer ForgetAnswers(Trainer trainer)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, trainer.Data.SaveState()!);
            File.WriteAllBytes(file, (RolloutState.Read(file) with { Rollout = null }).ToJson());
            trainer.Data.LoadState(file);
            return trainer;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
