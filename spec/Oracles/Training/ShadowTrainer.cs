using TurkishLlm.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>
/// Takes the steps of a plan in float64, from the same files and without any code of the trainer: order of the data, loss,
/// gradients, clipping, schedule, AdamW or Muon, and validation. The plan is read only as data.
/// </summary>
/// <remarks>
/// Sources: those of the oracles that it is composed of; reference report, section 10; reference report on fine-tuning,
/// sections 7 to 9. Dropout and number types below float64 are not part of it.
/// </remarks>
public sealed class ShadowTrainer
{
    private readonly TrainingPlan _plan;
    private readonly ShadowData _data;
    private readonly TokenFileOracle _validationText;
    private readonly IReadOnlyList<(int Left, int Right)> _merges;
    private readonly ShadowAdapter? _adapter;
    private readonly IReadOnlyDictionary<string, double[]> _base;
    private readonly Dictionary<ShadowExample, double> _reference = [];
    private readonly int _ranks;

    /// <param name="plan">The plan.</param>
    /// <param name="shards">Folder of the token shards.</param>
    /// <param name="tokenizer">The tokenizer, of which merges and split rule are used.</param>
    /// <param name="startWeights">Weights of the model before training: base of an adapter and reference of DPO and KTO.</param>
    /// <param name="ranks">Number of processes.</param>
    public ShadowTrainer(
        TrainingPlan plan, string shards, Tokenizer tokenizer,
        IReadOnlyDictionary<string, double[]> startWeights, int ranks = 1)
    {
        (_plan, _merges, _base, Groups, _ranks) = (plan, tokenizer.Merges, startWeights, new(plan.Optimizer), ranks);
        _adapter = plan.Lora is { } lora ? new(lora.Rank, lora.Alpha) : null;
        _data = ShadowDataSource.Create(plan, new TokenFileOracle(shards, "train"), BytePairEncoderOracle.Of(tokenizer));
        _validationText = new(shards, "validation");
        if (plan.Preference?.Objective is not (DpoPlan or KtoPlan)) return;
        var model = new ShadowModel(Sizes, _base);
        foreach (var row in _data.Training.Concat(_data.Validation))
            foreach (var answer in row.Examples) _reference[answer] = -model.MeasureLoss(answer);
    }

    /// <summary>How the optimizer treats each weight.</summary>
    public WeightGroupOracle Groups { get; }

    /// <summary>Sizes of the model.</summary>
    public TransformerSizes Sizes => new(
        _plan.Model.VocabSize, _plan.Model.DModel, _plan.Model.NLayers, _plan.Model.NHeads, _plan.Model.NKvHeads,
        _plan.Model.DFf, _plan.Model.TieEmbeddings, _plan.Model.NormEps);

    /// <summary>Names of all weights of the model or of its adapter, with their numbers of elements.</summary>
    public IReadOnlyDictionary<string, int> Lengths
    {
        get
        {
            var (n, kv, inner) = (Sizes.Width, Sizes.KeyValueWidth, Sizes.Inner);
            (string Name, int Outputs, int Inputs)[] matrices =
            [
                ("attn.q_proj", n, n), ("attn.k_proj", kv, n), ("attn.v_proj", kv, n), ("attn.o_proj", n, n),
                ("ffn.gate_proj", inner, n), ("ffn.up_proj", inner, n), ("ffn.down_proj", n, inner),
            ];
            var lengths = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var layer = 0; layer < Sizes.Layers; layer++)
            {
                foreach (var (name, outputs, inputs) in matrices)
                    if (_adapter is null) Add($"{name}.weight", outputs * inputs);
                    else if (_plan.Lora!.Targets.Any(
                        target => name.EndsWith($".{target}_proj", StringComparison.OrdinalIgnoreCase)))
                    {
                        Add($"{name}.lora_a", _adapter.Rank * inputs);
                        Add($"{name}.lora_b", outputs * _adapter.Rank);
                    }
                if (_adapter is not null) continue;
                Add("attn_norm.weight", n);
                Add("ffn_norm.weight", n);

                void Add(string name, int length) => lengths[FormattableString.Invariant($"layers.{layer}.{name}")] = length;
            }
            if (_adapter is not null) return lengths;
            lengths["embed_tokens.weight"] = Sizes.Vocabulary * n;
            lengths["norm.weight"] = n;
            if (!Sizes.Tied) lengths["lm_head.weight"] = Sizes.Vocabulary * n;
            if (_plan.Preference?.Objective is RewardPlan) lengths["reward_head.weight"] = n;
            return lengths;
        }
    }

    /// <summary>Takes a step.</summary>
    /// <param name="before">The state before it.</param>
    /// <param name="step">Number of the step, from 1.</param>
    /// <param name="dataStep">Number of the data step: that of the step plus the data steps skipped before.</param>
    public ShadowStep Step(ShadowState before, long step, long dataStep)
    {
        var (model, rows, gradient) = (CreateModel(before), _data.Rows(dataStep), new ShadowGradient());
        var terms = _plan.Preference is null ? rows.Sum(row => row.Examples.Sum(example => (long)example.Learned)) : rows.Count;
        var (loss, pairs, answers) = (0.0, new List<ShadowPair>(), new List<ShadowAnswer>());
        var point = _plan.Preference?.Objective is KtoPlan ? ReferencePoint(model, rows) : 0;
        var microBatches = FindFirstMicroBatches(rows).Select(batch => (
            batch.First, batch.Count, Gradient: new ShadowGradient(), batch.Terms)).ToArray();
        foreach (var (number, row) in rows.Index())
        {
            if (_plan.Preference?.Objective is RewardPlan reward)
            {
                var (chosen, rejected) = (
                    model.DifferentiateReward(row.Examples[0]), model.DifferentiateReward(row.Examples[1]));
                pairs.Add(CompareRewards(reward, chosen.Reward, rejected.Reward, chosen.Scale + rejected.Scale));
                loss += pairs[^1].Loss;
                AddGradient(number, Trained(chosen.Gradients, before), pairs[^1].ByChosen);
                AddGradient(number, Trained(rejected.Gradients, before), pairs[^1].ByRejected);
                continue;
            }
            var parts = row.Examples.Take(row.IsDesirable is null ? int.MaxValue : 1).Select(model.Differentiate).ToArray();
            double[] factors = [.. parts.Select(_ => 1.0)];
            if (_plan.Preference is null) loss += parts.Sum(part => part.Loss);
            else if (row.IsDesirable is not null)
            {
                answers.Add(Judge(row, -parts[0].Loss, point));
                loss += answers[^1].Loss;
                factors = [-answers[^1].Slope];
            }
            else
            {
                var pair = Compare(row, -parts[0].Loss, -parts[1].Loss);
                pairs.Add(pair);
                loss += pair.Loss;
                factors = [-pair.ByChosen, -pair.ByRejected];
            }
            for (var i = 0; i < parts.Length; i++) AddGradient(number, Trained(parts[i].Gradients, before), factors[i]);
        }

        var norm = GradientClipOracle.Norm(gradient.Sums.Values);
        var limit = _plan.Optimizer.GradientClip;
        var factor = limit > 0 ? Math.Min(1, limit / (norm + 1e-6)) : 1;
        var rate = LearningRate(step);
        return new(
            loss / terms, terms, gradient, norm, factor, rate, _data.TokensThrough(dataStep),
            _data.RowsPerEpoch is { } epoch ? (double)(dataStep * _data.RowsPerStep) / epoch : null, pairs, model.LargestLogit,
            Update(before, gradient.Sums, factor, rate))
        {
            FirstMicroBatches = [.. microBatches.Select(batch => (batch.Gradient, batch.Terms))],
            Answers = answers,
        };

        void AddGradient(int number, Dictionary<string, double[]> gradients, double slope)
        {
            gradient.Add(gradients, slope / terms, 1.0 / terms);
            foreach (var micro in microBatches.Where(batch => number >= batch.First && number < batch.First + batch.Count))
                micro.Gradient.Add(gradients, slope / micro.Terms, 1.0 / micro.Terms);
        }
    }

    // The rows of every rank, in micro-batches no larger than the plan's; the first one of each with loss terms. None if the step
    // has a single micro-batch.
    private IEnumerable<(int First, int Count, long Terms)> FindFirstMicroBatches(IReadOnlyList<ShadowRow> rows)
    {
        var share = rows.Count / _ranks;
        var size = Enumerable.Range(1, _plan.Training.MicroBatchSize).Last(n => share % n == 0);
        if (size == rows.Count) yield break;
        for (var start = 0; start < rows.Count; start += share)
            for (var first = start; first < start + share; first += size)
            {
                var batch = rows.Skip(first).Take(size);
                var terms = _plan.Preference is null
                    ? batch.Sum(row => row.Examples.Sum(example => (long)example.Learned)) : size;
                if (terms == 0) continue;
                yield return (first, size, terms);
                break;
            }
    }

    /// <summary>Returns true if an epoch ends after one data step and not later than another.</summary>
    public bool EndsEpoch(long after, long dataStep) => _data.RowsPerEpoch is { } rows
        && dataStep * _data.RowsPerStep / rows > after * _data.RowsPerStep / rows;

    /// <summary>Measures the validation losses.</summary>
    public ShadowValidation Validate(ShadowState state)
    {
        var model = CreateModel(state);
        var (nats, tokens, bytes) = (0.0, 0L, 0L);
        for (var window = 0L; window < _plan.Evaluation.Windows; window++)
        {
            var first = window * _plan.Training.SequenceLength;
            var length = Math.Min(_plan.Training.SequenceLength, _validationText.Count - 1 - first);
            if (length <= 0) break;
            var text = ShadowExample.FromText(_validationText.Read(first, (int)length + 1));
            nats += model.MeasureLoss(text);
            tokens += length;
            bytes += text.Targets.Sum(CountBytes);
        }
        var point = _plan.Preference?.Objective is KtoPlan && _data.Validation.Count > 0
            ? ReferencePoint(model, _data.Validation)
            : 0;
        ShadowAnswer[] answers = _plan.Preference?.Objective is not KtoPlan ? []
            : [.. _data.Validation.Select(row => Judge(row, -model.MeasureLoss(row.Examples[0]), point))];
        ShadowPair[] pairs = _plan.Preference?.Objective switch
        {
            null or KtoPlan => [],
            RewardPlan reward =>
            [
                .. _data.Validation.Select(row => (
                    Chosen: model.DifferentiateReward(row.Examples[0]), Rejected: model.DifferentiateReward(row.Examples[1])))
                    .Select(row => CompareRewards(
                        reward, row.Chosen.Reward, row.Rejected.Reward, row.Chosen.Scale + row.Rejected.Scale)),
            ],
            _ =>
            [
                .. _data.Validation.Select(row =>
                    Compare(row, -model.MeasureLoss(row.Examples[0]), -model.MeasureLoss(row.Examples[1]))),
            ],
        };
        double? loss = _data.Validation.Count == 0 ? null
            : pairs.Length > 0 ? pairs.Average(pair => pair.Loss)
            : answers.Length > 0 ? answers.Average(answer => answer.Loss)
            : _data.Validation.Sum(row => row.Examples.Sum(model.MeasureLoss))
                / _data.Validation.Sum(row => row.Examples.Sum(example => example.Learned));
        return new(loss, nats / tokens, nats, bytes, pairs, model.LargestLogit) { Answers = answers };
    }

    private ShadowModel CreateModel(ShadowState state) =>
        new(Sizes, _adapter is null ? state.Weights : _adapter.Merge(_base, state.Weights));

    private Dictionary<string, double[]> Trained(IReadOnlyDictionary<string, double[]> gradients, ShadowState state) =>
        (_adapter is null ? gradients : _adapter.Convert(gradients, state.Weights))
        .Where(gradient => Groups.IsTrained(gradient.Key))
        .ToDictionary(gradient => gradient.Key, gradient => gradient.Value, StringComparer.Ordinal);

    private double LearningRate(long step)
    {
        var optimizer = _plan.Optimizer;
        var (peak, minimum) = (optimizer.LearningRate, optimizer.MinimumLearningRate);
        var (warmup, steps) = (optimizer.WarmupSteps, _plan.Training.Steps);
        return optimizer.Schedule switch
        {
            ScheduleKind.Linear => LinearScheduleOracle.Rate(step, peak, minimum, warmup, steps),
            ScheduleKind.Wsd => WsdScheduleOracle.Rate(
                step, peak, minimum, warmup, steps, WsdScheduleOracle.CountDecaySteps(optimizer.DecayRatio, steps),
                optimizer.DecayShape == DecayShape.Sqrt),
            _ => CosineScheduleOracle.Rate(step, peak, minimum, warmup, steps),
        };
    }

    private ShadowState Update(
        ShadowState before, IReadOnlyDictionary<string, double[]> gradients, double factor, double rate)
    {
        var weights = new Dictionary<string, double[]>(before.Weights, StringComparer.Ordinal);
        Dictionary<string, double[]> means = new(StringComparer.Ordinal), squares = new(StringComparer.Ordinal),
            momenta = new(StringComparer.Ordinal);
        foreach (var (name, gradient) in gradients)
        {
            var optimizer = _plan.Optimizer;
            double[] weight = [.. before.Weights[name]], clipped = [.. gradient.Select(g => factor * g)];
            if (Groups.IsMuon(name))
            {
                var muon = new MuonOracle(weight, Rows(name), before.Momenta[name], optimizer.Muon.Momentum, Groups.Decay(name));
                muon.Step(clipped, rate * Groups.MuonFactor(name));
                (weights[name], momenta[name]) = (weight, [.. muon.Momentum]);
                continue;
            }
            var adam = new AdamWOracle(
                weight, before.FirstMoments[name], before.SecondMoments[name], (int)before.OptimizerSteps, Groups.Decay(name),
                optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon);
            adam.Step(clipped, rate * Groups.Multiplier(name));
            (weights[name], means[name], squares[name]) = (weight, [.. adam.Mean], [.. adam.Square]);
        }
        return new(weights, means, squares, before.OptimizerSteps + 1) { Momenta = momenta };
    }

    /// <summary>Number of rows of a matrix of a block.</summary>
    public int Rows(string name) => name.Split('.')[^2] switch
    {
        "k_proj" or "v_proj" => Sizes.KeyValueWidth,
        "gate_proj" or "up_proj" => Sizes.Inner,
        _ => Sizes.Width,
    };

    private double ReferencePoint(ShadowModel model, IReadOnlyList<ShadowRow> rows) => PreferenceOracle.KtoReferencePoint(
        rows.Select(row => (-model.MeasureLoss(row.Examples[1]), _reference[row.Examples[1]])));

    private ShadowAnswer Judge(ShadowRow row, double answer, double point)
    {
        var (kto, reference, desirable) = (
            (KtoPlan)_plan.Preference!.Objective, _reference[row.Examples[0]], row.IsDesirable!.Value);
        var (loss, slope) = PreferenceOracle.Kto(
            answer, reference, point, desirable, kto.Beta, kto.DesirableWeight, kto.UndesirableWeight);
        return new(
            desirable, loss, kto.Beta * (answer - reference), answer, row.Examples[0].Learned, row.Examples[1].Learned, slope,
            kto.Beta * (answer - reference - point), point);
    }

    private static ShadowPair CompareRewards(RewardPlan plan, double chosen, double rejected, double scale)
    {
        var loss = PreferenceOracle.BradleyTerry(chosen, rejected, plan.Centering);
        return new(loss.Loss, chosen, rejected, 0, 0, 0, 0, loss.ByChosen, loss.ByRejected) { Scale = scale };
    }

    private ShadowPair Compare(ShadowRow row, double chosen, double rejected)
    {
        var (c, r) = (row.Examples[0].Learned, row.Examples[1].Learned);
        if (_plan.Preference!.Objective is DpoPlan dpo)
        {
            var (chosenStart, rejectedStart) = (_reference[row.Examples[0]], _reference[row.Examples[1]]);
            var loss = PreferenceOracle.Dpo(chosen, rejected, chosenStart, rejectedStart, dpo.Beta, dpo.LabelSmoothing);
            return new(
                loss.Loss, dpo.Beta * (chosen - chosenStart), dpo.Beta * (rejected - rejectedStart), chosen, rejected, c, r,
                loss.ByChosen, loss.ByRejected);
        }
        var lambda = ((OrpoPlan)_plan.Preference.Objective).Lambda;
        var odds = PreferenceOracle.Orpo(chosen, c, rejected, r, lambda);
        return new(
            odds.Loss, lambda * chosen / c, lambda * rejected / r, chosen, rejected, c, r, odds.ByChosen, odds.ByRejected);
    }

    // Special tokens are not in the text; a merge has the bytes of its parts.
    private long CountBytes(long id) =>
        id < 16 || id - 272 >= _merges.Count ? 0
        : id < 272 ? 1
        : CountBytes(_merges[(int)id - 272].Left) + CountBytes(_merges[(int)id - 272].Right);
}
