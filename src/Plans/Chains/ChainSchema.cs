using System.Text.Json.Nodes;
using TurkishLlm.Tokenization;
using static TurkishLlm.Plans.PlanRange;

namespace TurkishLlm.Plans.Chains;

/// <summary>All keys of chains, each described once; see <see cref="PlanSchema"/>.</summary>
public static class ChainSchema
{
    private const string PlanValues = "Values that replace those of the plan, as in [training.steps=100].";

    private static PlanSection<TokenizerStep> Tokenizer { get; } = new PlanSection<TokenizerStep>(
        "Train a tokenizer.", new(""))
        .Key("source", step => step.Source, PlanValue.Path,
            "Corpus plan, of which all documents of all sources are read, or file or folder of text.", isRequired: true)
        .Key("output", step => step.Output!, PlanValue.Path,
            "Folder of the tokenizer (default: the tokenizer of the corpus plan).")
        .Key("vocab_size", step => step.VocabSize, PlanValue.Integer,
            "Size of the vocabulary, including special tokens.",
            Between(VocabularyLayout.FirstMerge, VocabularyLayout.MaximumSize), "tokens")
        .Key("split", step => step.Split, PlanValue.Text, "Rule by which text is split into words.")
        .Key("set", step => step.Set, PlanValue.Texts, "Values that replace those of the corpus plan.");

    private static PlanSection<CorpusStep> Corpus { get; } = new PlanSection<CorpusStep>(
        "Prepare the token shards of a corpus plan.", new(""))
        .Key("plan", step => step.Plan, PlanValue.Path, "Corpus plan.", isRequired: true)
        .Key("set", step => step.Set, PlanValue.Texts, "Values that replace those of the plan, as in [validation_share=0.05].");

    private static PlanSection<TrainStep> Train { get; } = new PlanSection<TrainStep>(
        "Pretrain, fine-tune or preference-train a model.", new(""))
        .Key("plan", step => step.Plan, PlanValue.Path, "Training plan.", isRequired: true)
        .Key("set", step => step.Set, PlanValue.Texts, PlanValues);

    private static PlanSection<SynthStep> Synth { get; } = new PlanSection<SynthStep>(
        "Make fine-tuning rows from documentation, with a language model.", new("", ""))
        .Key("documentation", step => step.Documentation, PlanValue.Path, "Folder of pages, or one page.", isRequired: true)
        .Key("folder", step => step.Folder, PlanValue.Path,
            "Synthesis folder; the rows are in its folder sft.", isRequired: true)
        .Key("tokenizer", step => step.Tokenizer!, PlanValue.Path,
            "Tokenizer folder for counting tokens (default: a bundled tokenizer).")
        .Key("provider", step => step.Provider!, PlanValue.Text,
            "Source of replies: anthropic, openai or replay (default: the recorded replies of the bundled documentation).")
        .Key("model", step => step.Model!, PlanValue.Text, "Model that writes the replies.")
        .Key("endpoint", step => step.Endpoint!, PlanValue.Text,
            "URL of the service, such as http://localhost:8000/v1 (default: the public service of the provider).")
        .Key("replies", step => step.Replies!, PlanValue.Path, "Recorded replies for replay (default: the bundled replies).")
        .Key("prompt", step => step.Prompt, PlanValue.Text,
            "Prompt: v1 (short answers and conversations) or v2 (answers from a context).")
        .Key("language", step => step.Language, PlanValue.Text, "Language of the pages to ask about: tr, en or all.")
        .Key("budget", step => step.Budget, PlanValue.Number,
            "Maximum cost of the folder; no request that could exceed it is sent (default: no limit).", AtLeast(0), "dollars")
        .Key("validation_share", step => step.ValidationShare, PlanValue.Number,
            "Fraction of the documents held out for validation (default: that of synth build).", ZeroToLessThan(1), "")
        .Key("refusal_share", step => step.RefusalShare, PlanValue.Number,
            "Fraction of rows with a context that lacks the answer (default: that of synth build).", Between(0, 0.5), "")
        .Key("context_length", step => step.ContextLength, PlanValue.Integer,
            "Length of the model's context, which decides how long a passage is (default: that of synth build).",
            AtLeast(1), "tokens")
        .Key("passages", step => step.Passages, PlanValue.Integer,
            "Maximum number of passages per question (default: that of synth build).", AtLeast(1), "passages")
        .Key("max_tokens", step => step.MaxTokens, PlanValue.Integer,
            "Maximum length of an answer (default: that of synth build).", AtLeast(1), "tokens");

    private static PlanSection<EvaluateStep> Evaluate { get; } = new PlanSection<EvaluateStep>(
        "Evaluate a model.", new("", ""))
        .Key("model", step => step.Model, PlanValue.Path, "Run, checkpoint or model folder.", isRequired: true)
        .Key("output", step => step.Output, PlanValue.Path, "JSON file for the metrics.", isRequired: true)
        .Key("gold", step => step.Gold, PlanValue.Paths, "Files of questions with reference answers.")
        .Key("docs", step => step.Docs!, PlanValue.Path,
            "Documentation to search: its passages replace the contexts of the questions, as in chat.")
        .Key("passages", step => step.Passages, PlanValue.Integer,
            "Maximum number of passages per question (default: that of evaluate).", AtLeast(1), "passages")
        .Key("base_model", step => step.BaseModel!, PlanValue.Path, "Model before fine-tuning, to measure forgetting.")
        .Key("max_forgetting", step => step.MaxForgetting, PlanValue.Number,
            "Maximum relative increase of the loss on plain text over base_model; more ends the chain with exit code 4.",
            AtLeast(0), "")
        .Key("max_tokens", step => step.MaxTokens, PlanValue.Integer, "Maximum length of an answer.", AtLeast(1), "tokens")
        .Key("limit", step => step.Limit, PlanValue.Integer, "Maximum number of rows per gold file (0 = all).",
            AtLeast(0), "rows")
        .Key("windows", step => step.Windows, PlanValue.Integer, "Number of validation windows (0 = all).",
            AtLeast(0), "windows");

    private static PlanSection<ExportStep> Export { get; } = new PlanSection<ExportStep>(
        "Export a model for other programs.", new("", ""))
        .Key("model", step => step.Model, PlanValue.Path, "Run, checkpoint or model folder.", isRequired: true)
        .Key("output", step => step.Output, PlanValue.Path, "Folder to create.", isRequired: true)
        .Key("format", step => step.Format, PlanValue.Text, "Format: safetensors, hf or gguf.")
        .Key("dtype", step => step.Dtype, PlanValue.Text, "Number type of the weights, as for checkpoint export.");

    private static PlanSection<ChainStep> Step { get; } = new PlanSection<ChainStep>("A step of a chain.", new(""))
    {
        CheckKeys = ChainStep.CheckAction,
        CompleteJsonSchema = schema => schema["oneOf"] = new JsonArray(
            [.. ChainStep.Verbs.Select(verb => new JsonObject { ["required"] = new JsonArray(verb) })]),
    }
    .Section("tokenizer", step => step.Tokenizer!, Tokenizer)
    .Section("corpus", step => step.Corpus!, Corpus)
    .Section("train", step => step.Train!, Train)
    .Section("synth", step => step.Synth!, Synth)
    .Section("evaluate", step => step.Evaluate!, Evaluate)
    .Section("export", step => step.Export!, Export);

    /// <summary>The keys of a chain.</summary>
    internal static PlanSection<ChainPlan> Root { get; } = new PlanSection<ChainPlan>(
        "A chain of steps from text to a finished model.", new("", []))
        .Key("name", chain => chain.Name, PlanValue.Text,
            "Name of the chain: letters a–z, digits, dots, dashes and underscores.", isRequired: true)
        .Key("records", chain => chain.Records, PlanValue.Path,
            "Folder that records which steps are complete; chains that share steps share it.")
        .Key("fallback", chain => chain.Fallback!, PlanValue.Path,
            "Folder, relative to that of the chain, for plans and inputs that the working directory does not have.")
        .Key("steps", chain => chain.Steps, new PlanMap<ChainStep, IReadOnlyList<ChainStep>>(
            Step, "NAME", steps => steps.Select(step => (step.Name, step)),
            named => [.. named.Select(one => one.Value with { Name = one.Name })]),
            "Steps in the order in which they run, each with one action under a name of your choice.", isRequired: true);

    /// <summary>All keys of a chain with their dotted names, in the order of the file.</summary>
    public static IReadOnlyList<(string Path, PlanKey Key)> Keys { get; } = [.. Root.GetKeys(null)];
}
