namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class CheckpointMutations
{
    private const string Checkpoint = "src/Training/Checkpoints/Checkpoint.cs",
        Pretrainer = "src/Training/Trainer.cs",
        Mismatch = "src/Model/Formats/WeightMismatch.cs",
        Names = "src/Model/Parameters/WeightNames.cs",
        Folder = "src/Runs/RunFolder.cs",
        Tail = "src/Runs/Logs/MetricsTail.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("means-begin-at-zero", ["BUG-CKP-04"], Checkpoint, "foreach (var state in optimizer.State)",
            "foreach (var state in optimizer.State.Skip(1))",
            "The first moments are not restored."),
        new("momentum-begins-at-zero", ["BUG-CKP-04"], Checkpoint, "foreach (var state in optimizer.State)",
            "foreach (var state in optimizer.State.Take(2))",
            "The momentum of Muon is not restored."),
        new(
            "moments-exchanged",
            ["BUG-CKP-04"],
            Checkpoint, "state.Prefix, others);", "others[0], [state.Prefix, .. others.Skip(1)]);",
            "Second moments are loaded as first."),
        new(
            "count-begins-at-zero",
            ["BUG-OPT-11", "BUG-CKP-04"],
            Checkpoint,
            "        optimizer.Steps = State.OptimizerSteps;",
            "",
            "The bias correction of the moments starts again."),
        new(
            "left-out-batches-forgotten",
            ["BUG-CKP-05"],
            Pretrainer,
            "_skippedBatches = state.SkippedBatches;",
            "_skippedBatches = 0;",
            "A resumed run reads skipped batches, or some batches twice."),
        new(
            "rollback-off-by-one",
            ["BUG-CKP-05"],
            Pretrainer,
            "SkippedBatches = divergedDataStep - Step,",
            "SkippedBatches = divergedDataStep - Step - 1,",
            "After a rollback the bad batch is repeated."),
        new(
            "windows-of-the-guard-forgotten",
            ["BUG-CKP-05"],
            Pretrainer, "            trainer.Restore(checkpoint.State.Safety);", "",
            "A resumed run has no memory of earlier losses."),
        new(
            "randomness-begun-once",
            ["BUG-CKP-08"],
            Pretrainer, "StepRandomness.SeedGenerators(Plan.Seed, dataStep, row);",
            "if (dataStep == 1) StepRandomness.SeedGenerators(Plan.Seed, dataStep, row);",
            "Dropout masks depend on the random numbers drawn before, so those of a resumed run differ."),
        new("wrapper-prefix-stays", ["BUG-CKP-01"], Names, """["_orig_mod", "module", """, """["module", """,
            "Weights with the prefix of a wrapper are not found."),
        new(
            "unknown-weights-are-ignored",
            ["BUG-CKP-18"],
            Mismatch,
            "stored.Where(group => !wanted.ContainsKey(group.Key))",
            "stored.Where(group => group.Key.Length == 0)",
            "Weights that the model does not have are dropped silently."),
        new(
            "first-of-two-is-taken",
            ["BUG-CKP-18"],
            Mismatch,
            """_ => [$"{name} occurs {found.Length} times""",
            """{ Length: > 2 } => [$"{name} occurs {found.Length} times""",
            "A weight under two names is no error."),
        new(
            "any-shape-of-that-size",
            ["BUG-CKP-02"],
            Mismatch, "when !tensor.Shape.SequenceEqual(shape)",
            "when tensor.ElementCount != shape.Aggregate(1L, (product, size) => product * size)",
            "A transposed matrix is accepted."),
        new(
            "a-row-fills-a-matrix",
            ["BUG-CKP-02"],
            Mismatch, "when !tensor.Shape.SequenceEqual(shape)", "when tensor.Shape[^1] != shape[^1]",
            "Only the last size is compared."),
        new(
            "latest-by-text",
            ["BUG-CKP-16"],
            Folder, ".OfType<long>().Order(),",
            ".OfType<long>().OrderBy(step => step.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal),",
            "Step 200 counts as later than step 1000."),
        new(
            "best-is-the-last",
            ["BUG-CKP-15"],
            "src/Training/Checkpoints/BestStep.cs", "metric.IsBetter(value, before?.Value)", "step > (before?.Step ?? 0)",
            "The best model is in fact the last."),
        new(
            "best-may-be-nan",
            ["BUG-CKP-15"],
            "src/Runs/CheckpointMetric.cs",
            "double.IsFinite(value) && (best is not { } than || (LowerIsBetter ? value < than : value > than))",
            "best is not { } than || !(LowerIsBetter ? value >= than : value <= than)",
            "A NaN loss becomes the best."),
        new("best-is-deleted", ["BUG-CKP-15"], Folder, " && step != bestStep)", ")",
            "The best checkpoint is deleted with the old ones."),
        new(
            "damage-is-not-seen",
            ["BUG-CKP-17"],
            Checkpoint, "is var found && found != hash)\n                throw CreateDamagedException",
            "is var found && found.Length != hash.Length) throw CreateDamagedException",
            "A file that does not belong to its state is loaded."),
        new(
            "old-checkpoint-is-not-put-back",
            ["BUG-CKP-17"],
            "src/Files/AtomicDirectory.cs",
            "            if (!Directory.Exists(path) && Directory.Exists(replaced)) Directory.Move(replaced, path);", "",
            "When a save fails, the checkpoint before it is deleted."),
        new(
            "other-heads-are-taken",
            ["BUG-CKP-12"],
            "src/Training/Checkpoints/WeightLoader.cs",
            "if ((config.NHeads, config.NKvHeads, config.NormEps) != (_config.NHeads, _config.NKvHeads, _config.NormEps))",
            "if (config.NormEps != _config.NormEps)",
            "A run starts from weights with another number of heads."),
        new(
            "norms-exchanged-on-export",
            ["BUG-GQA-05"],
            Names, "(\".attn_norm.\", \".input_layernorm.\"),\n        (\".ffn_norm.\", \".post_attention_layernorm.\")",
            """(".attn_norm.", ".post_attention_layernorm."), (".ffn_norm.", ".input_layernorm.")""",
            "In exported models the two norms of a block are swapped; importing hides it."),
        new(
            "other-data-is-not-seen",
            ["BUG-TOK-17", "BUG-CKP-05"],
            Checkpoint, "is var found && found != State.DataHash)", "is var found && found.Length != State.DataHash.Length)",
            "A run resumes with other shards."),
        new(
            "norms-are-saved-as-losses",
            ["BUG-CKP-20"],
            Pretrainer, "_guard.RecentLosses, _guard.RecentNorms)", "_guard.RecentLosses, _guard.RecentLosses)",
            "A resumed run compares gradient norms with losses."),
        new(
            "best-survives-a-rollback",
            ["BUG-CKP-21"],
            Pretrainer, "        Best = GetComparable(state.Best, Plan);\n", "",
            "After a rollback the best step is one that was taken back."),
        new(
            "last-validation-survives-a-rollback",
            ["BUG-CKP-21"],
            Pretrainer, "        _validationLoss = state.ValidationLoss;\n", "",
            "After a rollback the last validation loss is one that was taken back."),
        new(
            "refused-batches-are-taken-back",
            ["BUG-CKP-21"],
            Pretrainer, "RefusedBatches = _guard.RefusedBatches + 1,", "RefusedBatches = state.Safety.RefusedBatches + 1,",
            "A rollback forgets the batches that were refused since its checkpoint, so a run may never reach the limit."),
        new(
            "time-begins-at-zero",
            ["BUG-CKP-22"],
            Pretrainer, "            Seconds = checkpoint.State.Seconds,\n", "",
            "The training time of a resumed run begins at zero."),
        new(
            "time-of-the-run-without-lost-steps",
            ["BUG-CKP-22"],
            "src/Training/TrainingRun.cs", "        _trainer.Seconds,\n", "        0,\n",
            "A run that is resumed after a rollback has less time than its steps took."),
        new(
            "last-validation-is-not-restored",
            ["BUG-CKP-23"],
            Pretrainer, "            _validationLoss = checkpoint.State.ValidationLoss,\n", "",
            "A resumed run saves no validation loss until the next validation."),
        new(
            "micro-batch-size-is-not-restored",
            ["BUG-CKP-23"],
            Pretrainer, "state.MicroBatchSize ?? _shard.MicroBatchSize", "_shard.MicroBatchSize",
            "A resumed run tries micro-batches again that did not fit into memory."),
        new(
            "other-seed-is-not-seen",
            ["BUG-CKP-23"],
            Pretrainer, "            checkpoint.RequireSeed(trainer.Plan);\n", "",
            "A run resumes with another seed and reads some data twice."),
        new(
            "monitor-survives-a-rollback",
            ["BUG-CKP-24"],
            "src/Training/TrainingLoop.cs", "        _monitor = new(", "        _monitor ??= new(",
            "After a rollback the monitor judges steps that were taken back."),
        new(
            "early-stopping-counts-lost-steps",
            ["BUG-CKP-24"],
            "src/Training/TrainingLoop.cs",
            "            ReadEarlierSteps();\n            return null;",
            "            return null;",
            "After a rollback early stopping counts validations that were taken back."),
        new(
            "samples-survive-a-rollback",
            ["BUG-CKP-24"],
            "src/Training/RunCheckpoints.cs", "        samples!.TruncateAfter(trainer.Step);\n", "",
            "After a rollback the log of samples has steps that were taken back."),
        new(
            "later-checkpoints-survive-a-rollback",
            ["BUG-CKP-24"],
            "src/Training/RunCheckpoints.cs", "        folder.DeleteCheckpointsAfter(good);\n", "",
            "A run that is killed after a rollback resumes from a checkpoint that was taken back."),
        new(
            "a-cut-log-is-read-on",
            ["BUG-CKP-24"],
            Tail, "            && found.AsSpan().SequenceEqual(_lastLine);", ";",
            "A log that was cut and has grown beyond its old length is read from the old place."),
        new(
            "a-page-keeps-repeated-steps",
            ["BUG-CKP-24"],
            Tail, "        while (kept > 0 && _steps[kept - 1].Step >= metrics.Step) kept--;\n", "",
            "Steps that are logged again are shown twice."),
        new(
            "a-torn-line-is-lost",
            ["BUG-CKP-24"],
            Tail, "            filled -= begin;", "            filled = 0;",
            "The beginning of a line that ends in the next part of the file is forgotten."),
    ];
}
