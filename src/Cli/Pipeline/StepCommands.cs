using TurkishLlm.Cli.Terminal;
using TurkishLlm.Plans.Chains;

namespace TurkishLlm.Cli.Pipeline;

/// <summary>The commands of a step, as a user would type them.</summary>
internal static class StepCommands
{
    /// <summary>Returns the arguments of each command of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="files">The files of the chain.</param>
    /// <param name="machine">Options of training that the user gave, such as <c>--hourly-rate</c>.</param>
    public static IReadOnlyList<string[]> Create(ResolvedStep step, ChainFiles files, IReadOnlyList<string> machine) =>
        step.Step.Action switch
        {
            TokenizerStep tokenizer =>
            [
                [
                    "tokenizer", "train", files.Find(tokenizer.Source),
                    "--vocab-size", Format.Invariant($"{tokenizer.VocabSize}"), "--split", tokenizer.Split,
                    "--output", step.Files.Outputs[0], .. Set(tokenizer.Set, IsPlan(tokenizer) ? files.GetOverrides(step) : []),
                ],
            ],
            CorpusStep corpus => [["data", "prepare", files.Find(corpus.Plan), .. Set(corpus.Set, files.GetOverrides(step))]],
            TrainStep train =>
            [
                ["train", files.Find(train.Plan), "--resume", "auto", .. Set(train.Set, files.GetOverrides(step)), .. machine],
            ],
            SynthStep synth => CreateSynthesis(synth, files),
            EvaluateStep evaluate => [CreateEvaluation(evaluate, files)],
            ExportStep export =>
            [
                [
                    "checkpoint", "export", files.Find(export.Model), export.Output, "--format", export.Format,
                    "--dtype", export.Dtype,
                ],
            ],
            var other => throw new InvalidOperationException($"{other.Verb} has no command."),
        };

    private static bool IsPlan(TokenizerStep step) => Plans.CorpusPlan.IsPlanFile(step.Source);

    private static IReadOnlyList<string[]> CreateSynthesis(SynthStep synth, ChainFiles files) =>
    [
        [
            "synth", "chunk", files.Find(synth.Documentation), "--output", synth.Folder,
            .. Value("--tokenizer", synth.Tokenizer is { } tokenizer ? files.Find(tokenizer) : null),
        ],
        ["synth", "group", synth.Folder, "--language", synth.Language],
        [
            "synth", "generate", synth.Folder, "--prompt", synth.Prompt, .. Value("--provider", synth.Provider),
            .. Value("--model", synth.Model), .. Value("--replies", synth.Replies is { } replies ? files.Find(replies) : null),
            .. Value("--endpoint", synth.Endpoint), .. Value("--budget", synth.Budget),
        ],
        [
            "synth", "build", synth.Folder, .. Value("--model", synth.Model),
            .. Value("--validation-share", synth.ValidationShare), .. Value("--refusal-share", synth.RefusalShare),
            .. Value("--context-length", synth.ContextLength), .. Value("--passages", synth.Passages),
            .. Value("--max-tokens", synth.MaxTokens),
        ],
    ];

    private static string[] CreateEvaluation(EvaluateStep evaluate, ChainFiles files) =>
    [
        "evaluate", files.Find(evaluate.Model), .. evaluate.Gold.SelectMany(gold => new[] { "--gold", files.Find(gold) }),
        .. Value("--docs", evaluate.Docs is { } docs ? files.Find(docs) : null), .. Value("--passages", evaluate.Passages),
        .. Value("--base-model", evaluate.BaseModel is { } before ? files.Find(before) : null),
        "--max-forgetting", Format.Invariant($"{evaluate.MaxForgetting}"),
        "--max-tokens", Format.Invariant($"{evaluate.MaxTokens}"),
        "--limit", Format.Invariant($"{evaluate.Limit}"), "--windows", Format.Invariant($"{evaluate.Windows}"),
        "--json", evaluate.Output,
    ];

    private static string[] Value(string option, object? value) => value is null ? [] : [option, Format.Invariant($"{value}")];

    private static IEnumerable<string> Set(params IEnumerable<string>[] overrides) =>
        overrides.SelectMany(all => all).SelectMany(text => new[] { "--set", text });
}
