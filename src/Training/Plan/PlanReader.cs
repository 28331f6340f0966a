using TurkishLlm.Data;
using TurkishLlm.Model;

namespace TurkishLlm.Training;

/// <summary>Reads a plan: which keys there are, of which kind, and what they are when left out.</summary>
/// <param name="document">The text and its overrides.</param>
/// <param name="directory">What relative paths are relative to; null leaves them as they are.</param>
internal sealed class PlanReader(PlanDocument document, string? directory)
{
    /// <exception cref="ConfigurationException">The plan cannot be used; tells all problems.</exception>
    public TrainingPlan Read()
    {
        var root = new PlanSection(document, document.Root, key: null, at: null);
        var name = root.Required("name", PlanValue.Text) ?? "";
        var run = root.Optional("run", PlanValue.Text, "runs/{name}");
        var seed = root.Optional("seed", PlanValue.Count, 1234);
        var device = root.Optional("device", PlanValue.Device, default);
        var compute = root.Optional("compute", PlanValue.Compute, ComputeType.Float32);
        var threads = root.Optional("threads", PlanValue.Integer, 0);
        var logEvery = root.Optional("log_every", PlanValue.Count, 10);
        var model = ReadModel(root.Section("model"));
        var data = ReadData(root.Section("data"));
        var start = ReadStart(root.Section("start"));
        var sft = ReadSft(root.Section("sft"));
        var preference = ReadPreference(root.Section("preference"));
        var lora = ReadLora(root.Section("lora"));
        var training = ReadTraining(root.Section("training"));
        var optimizer = ReadOptimizer(root.Section("optimizer"));
        var evaluation = ReadEvaluation(root.Section("evaluation"));
        var samples = ReadSamples(root.Section("samples"));
        var checkpoints = ReadCheckpoints(root.Section("checkpoints"));
        var safety = ReadSafety(root.Section("safety"));
        var overrule = ReadOverrule(root.Section("overrule"));
        root.Close();

        var plan = new TrainingPlan
        {
            Name = name,
            RunFolder = RunFolder(run, name),
            Model = model ?? ModelConfig.V1.With(maxSeqLen: int.MaxValue),
            Data = data,
            Training = training,
            Optimizer = optimizer,
            Evaluation = evaluation,
            Samples = samples,
            Checkpoints = checkpoints,
            Safety = safety,
            Overrule = overrule,
            Start = start,
            Sft = sft,
            Preference = preference,
            Lora = lora,
            Device = device,
            ComputeType = compute,
            Threads = threads,
            Seed = seed,
            LogEvery = logEvery,
        };
        foreach (var problem in plan.Problems()) document.Report(problem);
        document.ThrowIfAny();
        return plan;
    }

    private ModelConfig? ReadModel(PlanSection section)
    {
        ModelPreset? named = section.Has("preset") ? section.Required("preset", PlanValue.Preset) : null;
        var preset = named switch
        {
            ModelPreset.V1 => ModelConfig.V1,
            ModelPreset.V2 => ModelConfig.V2,
            ModelPreset.Toy => ModelConfig.Toy(ModelConfig.SmallestVocabulary),
            _ => null,
        };

        int Size(string key, int? ofPreset) =>
            ofPreset is { } size ? section.Optional(key, PlanValue.Integer, size) : section.Required(key, PlanValue.Integer);

        var (vocab, width, layers) = (Size("vocab_size", named == ModelPreset.Toy ? null : preset?.VocabSize), Size("d_model", preset?.DModel), Size("n_layers", preset?.NLayers));
        var (heads, kvHeads) = (Size("n_heads", preset?.NHeads), Size("n_kv_heads", preset?.NKvHeads));
        var (inner, length) = (Size("d_ff", preset?.DFf), Size("max_seq_len", preset?.MaxSeqLen));
        var dropout = section.Optional("dropout", PlanValue.Number, preset?.Dropout ?? 0);
        var tied = section.Optional("weight_tying", PlanValue.Flag, preset?.TieEmbeddings ?? true);
        var eps = section.Optional("norm_eps", PlanValue.Number, preset?.NormEps ?? ModelConfig.V1.NormEps);
        section.Close();

        try
        {
            return new(vocab, width, layers, heads, kvHeads, inner, length, dropout, tied, eps);
        }
        catch (ConfigurationException error)
        {
            foreach (var problem in error.Problems)
                document.Report(new(problem.Text, [.. problem.Keys.Select(key => $"model.{key}"), "model.preset"]));
            return null;
        }
    }

    private DataPlan ReadData(PlanSection section)
    {
        var data = new DataPlan(
            Resolve(section.Required("tokenizer", PlanValue.Text)),
            Resolve(section.Required("shards", PlanValue.Text)));
        section.Close();
        return data;
    }

    private StartPlan? ReadStart(PlanSection section)
    {
        if (!section.IsThere) return null;
        var start = new StartPlan(
            Resolve(section.Required("checkpoint", PlanValue.Text)),
            section.Optional("step", PlanValue.Count, 0),
            section.Optional("keep_optimizer", PlanValue.Flag, false))
        {
            GrowVocabulary = section.Optional("grow_vocabulary", PlanValue.Flag, false),
        };
        section.Close();
        return start;
    }

    private SftPlan? ReadSft(PlanSection section)
    {
        if (!section.IsThere) return null;
        var sources = section.Section("sources");
        var standard = new SftPlan([]);
        var sft = new SftPlan([.. sources.Names().Select(name => ReadSource(name, sources.Section(name)))])
        {
            Gold = [.. section.Optional("gold", PlanValue.Texts, standard.Gold).Select(Resolve)],
            ValidationShare = section.Optional("validation_share", PlanValue.Number, standard.ValidationShare),
            System = section.Has("system") ? section.Required("system", PlanValue.Text) : null,
            Supervise = section.Optional("supervise", PlanValue.Supervise, standard.Supervise),
            LongRows = section.Optional("long_rows", PlanValue.LongRows, standard.LongRows),
            SkipInvalid = section.Optional("skip_invalid", PlanValue.Flag, standard.SkipInvalid),
            Packing = section.Optional("packing", PlanValue.Flag, standard.Packing),
            TextShare = section.Optional("text_share", PlanValue.Number, standard.TextShare),
        };
        section.Close();
        return sft;
    }

    private SftSource ReadSource(string name, PlanSection section)
    {
        var source = new SftSource(
            name, Resolve(section.Required("path", PlanValue.Text)),
            section.Optional("weight", PlanValue.Number, 1),
            section.Optional("input_is_context", PlanValue.Flag, false));
        section.Close();
        return source;
    }

    private PreferencePlan? ReadPreference(PlanSection section)
    {
        if (!section.IsThere) return null;
        var preference = new PreferencePlan([.. section.Required("files", PlanValue.Texts)?.Select(Resolve) ?? []], ReadObjective(section))
        {
            Gold = [.. section.Optional("gold", PlanValue.Texts, []).Select(Resolve)],
            ValidationShare = section.Optional("validation_share", PlanValue.Number, 0.1),
            System = section.Has("system") ? section.Required("system", PlanValue.Text) : null,
            SkipInvalid = section.Optional("skip_invalid", PlanValue.Flag, false),
        };
        section.Close();
        return preference;
    }

    private PreferenceObjectivePlan ReadObjective(PlanSection section)
    {
        if (section.Has("dpo") == section.Has("orpo"))
            document.Report(new(
                section.Has("dpo") ? "preference has both dpo and orpo. Leave one of them out." : "preference has neither dpo nor orpo. Add dpo: {beta: 0.1} or orpo: {lambda: 0.1}.", "preference"));
        var (dpo, orpo) = (section.Section("dpo"), section.Section("orpo"));
        PreferenceObjectivePlan objective = orpo.IsThere
            ? new OrpoPlan(orpo.Optional("lambda", PlanValue.Number, new OrpoPlan().Lambda))
            : new DpoPlan(
                dpo.Optional("beta", PlanValue.Number, new DpoPlan().Beta), dpo.Optional("label_smoothing", PlanValue.Number, new DpoPlan().LabelSmoothing));
        dpo.Close();
        orpo.Close();
        return objective;
    }

    private LoraConfig? ReadLora(PlanSection section)
    {
        if (!section.IsThere) return null;
        var (rank, alpha) = (section.Required("rank", PlanValue.Integer), section.Required("alpha", PlanValue.Number));
        var (dropout, targets) = (section.Optional("dropout", PlanValue.Number, 0), section.Optional("targets", PlanValue.Targets, LoraConfig.AllTargets));
        section.Close();
        try
        {
            return new(rank, alpha, dropout, targets);
        }
        catch (ConfigurationException error)
        {
            foreach (var problem in error.Problems) document.Report(new($"lora.{problem.Text}", [.. problem.Keys.Select(key => $"lora.{key}")]));
            return null;
        }
    }

    private static LoopPlan ReadTraining(PlanSection section)
    {
        double? epochs = section.Has("epochs") ? section.Required("epochs", PlanValue.Number) : null;
        var training = new LoopPlan(
            epochs is null ? section.Required("steps", PlanValue.Count) : section.Optional("steps", PlanValue.Count, 0),
            section.Required("batch_size", PlanValue.Integer),
            section.Required("sequence_length", PlanValue.Integer),
            section.Optional("accumulation_steps", PlanValue.Integer, 1))
        {
            Epochs = epochs,
        };
        section.Close();
        return training;
    }

    private static OptimizerPlan ReadOptimizer(PlanSection section)
    {
        double? share = section.Has("warmup_share") ? section.Required("warmup_share", PlanValue.Number) : null;
        var optimizer = new OptimizerPlan(
            section.Required("learning_rate", PlanValue.Number),
            section.Required("minimum_learning_rate", PlanValue.Number),
            share is null ? section.Required("warmup_steps", PlanValue.Count) : section.Optional("warmup_steps", PlanValue.Count, 0));
        optimizer = optimizer with
        {
            WarmupShare = share,
            Rates = ReadRates(section.Section("rates")),
            Freeze = new(section.Optional("freeze", PlanValue.Texts, [])),
            Schedule = section.Optional("schedule", PlanValue.Schedule, optimizer.Schedule),
            Beta1 = section.Optional("beta1", PlanValue.Number, optimizer.Beta1),
            Beta2 = section.Optional("beta2", PlanValue.Number, optimizer.Beta2),
            Epsilon = section.Optional("epsilon", PlanValue.Number, optimizer.Epsilon),
            WeightDecay = section.Optional("weight_decay", PlanValue.Number, optimizer.WeightDecay),
            GradientClip = section.Optional("gradient_clip", PlanValue.Number, optimizer.GradientClip),
        };
        section.Close();
        return optimizer;
    }

    private static RatePlan ReadRates(PlanSection section)
    {
        var rates = new RatePlan(
            section.Optional("embedding", PlanValue.Number, 1),
            section.Optional("matrices", PlanValue.Number, 1),
            section.Optional("norms", PlanValue.Number, 1),
            section.Optional("head", PlanValue.Number, 1));
        section.Close();
        return rates;
    }

    private static EvaluationPlan ReadEvaluation(PlanSection section)
    {
        var standard = new EvaluationPlan();
        var evaluation = new EvaluationPlan(
            section.Optional("every", PlanValue.Count, standard.Every),
            section.Optional("windows", PlanValue.Integer, standard.Windows),
            section.Optional("patience", PlanValue.Integer, standard.Patience));
        section.Close();
        return evaluation;
    }

    private static SamplePlan ReadSamples(PlanSection section)
    {
        var standard = new SamplePlan();
        var samples = new SamplePlan
        {
            Every = section.Optional("every", PlanValue.Count, standard.Every),
            Prompts = section.Optional("prompts", PlanValue.Texts, standard.Prompts),
            MaxTokens = section.Optional("max_tokens", PlanValue.Integer, standard.MaxTokens),
            Temperature = section.Optional("temperature", PlanValue.Number, standard.Temperature),
            TopK = section.Optional("top_k", PlanValue.Integer, standard.TopK),
        };
        section.Close();
        return samples;
    }

    private static CheckpointPlan ReadCheckpoints(PlanSection section)
    {
        var standard = new CheckpointPlan();
        var checkpoints = new CheckpointPlan(
            section.Optional("every", PlanValue.Count, standard.Every),
            section.Optional("keep_last", PlanValue.Integer, standard.KeepLast),
            section.Optional("keep_best", PlanValue.Flag, standard.KeepBest));
        section.Close();
        return checkpoints;
    }

    private static SafetyPlan ReadSafety(PlanSection section)
    {
        var standard = new SafetyPlan();
        var safety = new SafetyPlan
        {
            OnDivergence = section.Optional("on_divergence", PlanValue.Remedy, standard.OnDivergence),
            OnSpike = section.Optional("on_spike", PlanValue.Remedy, standard.OnSpike),
            SpikeZScore = section.Optional("spike_zscore", PlanValue.Number, standard.SpikeZScore),
            SpikeWindow = section.Optional("spike_window", PlanValue.Integer, standard.SpikeWindow),
            MaxEvents = section.Optional("max_events", PlanValue.Integer, standard.MaxEvents),
            StallWarning = section.Optional("stall_warning", PlanValue.Number, standard.StallWarning),
            StallStop = section.Optional("stall_stop", PlanValue.Number, standard.StallStop),
        };
        section.Close();
        return safety;
    }

    private static OverrulePlan ReadOverrule(PlanSection section) =>
        new([.. section.Names().Select(decision => (decision, section.Required(decision, PlanValue.Text) ?? ""))]);

    private string RunFolder(string run, string name)
    {
        var folder = run.Replace("{name}", name, StringComparison.Ordinal);
        if (folder.AsSpan().ContainsAny('{', '}'))
            document.Report(new($"run is {run}; only {{name}} can stand in braces.", "run"));
        return Resolve(folder);
    }

    private string Resolve(string? path) =>
        path is null ? "" : directory is null || path.Length == 0 ? path : Path.GetFullPath(path, directory);
}
