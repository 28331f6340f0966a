using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using static System.FormattableString;

namespace TurkishLlm.Runs.HuggingFace;

/// <summary>
/// The card of a model, <c>README.md</c>: front matter for the Hugging Face Hub, and what the model folder and the run folder say
/// about the model. What they do not say is omitted.
/// </summary>
/// <remarks>Source: documentation of the Hugging Face Hub, "Model Cards".</remarks>
internal static class ModelCard
{
    /// <summary>Writes the card as Markdown.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="type">Number type of the weights.</param>
    /// <param name="answersInTurns">True for a model with a chat template.</param>
    /// <param name="origin">Where the model comes from.</param>
    public static string Create(ModelConfig config, SafetensorsDtype type, bool answersInTurns, ModelOrigin origin)
    {
        var run = origin.Run is { } folder && File.Exists(folder.PlanFile) ? TrainingFacts.Read(folder, origin) : null;
        var name = run?.Plan.Name ?? "TurkishLlm model";
        return string.Join('\n',
        [
            .. FrontMatter(origin.License),
            $"# {name}", "",
            Invariant($"A decoder-only language model for Turkish with {config.ParameterCount:N0} parameters, ")
                + (answersInTurns ? "fine-tuned on conversations." : "which continues text.")
                + " It was made with TurkishLlm.", "",
            Summarize(name, config, answersInTurns), "",
            .. Sizes(config, type),
            .. run?.Describe() ?? [],
            .. Usage(answersInTurns),
            .. Limits(config, answersInTurns, origin.License),
        ]) + "\n";
    }

    private static IEnumerable<string> FrontMatter(string? license) =>
    [
        "---", "language:", "- tr", "library_name: transformers", "pipeline_tag: text-generation",
        .. license is null ? Array.Empty<string>() : [$"license: {license}"],
        "---", "",
    ];

    private static string Summarize(string name, ModelConfig config, bool answersInTurns)
    {
        // The program has the invariant culture only.
        static string Count(long number) => Invariant($"{number:N0}").Replace(',', '.');
        return $"**Özet.** {name}, {Count(config.ParameterCount)} parametreli bir Türkçe dil modelidir. "
            + (answersInTurns
                ? "Konuşmalar üzerinde ince ayar yapılmıştır; soruları sohbet biçiminde yanıtlar. "
                : "Verilen metni sürdürür; soru yanıtlamak üzere eğitilmemiştir. ")
            + $"Eğitimde en çok {Count(config.MaxSeqLen)} belirteç uzunluğunda diziler kullanılmıştır. "
            + "Ürettiği metinler yanlış bilgi içerebilir; kullanmadan önce denetleyin.";
    }

    private static IEnumerable<string> Sizes(ModelConfig config, SafetensorsDtype type) =>
    [
        "## Model", "",
        "Pre-norm RMSNorm, ALiBi, grouped-query attention, SwiGLU, no biases.", "",
        "| | |", "|---|---|",
        Invariant($"| parameters | {config.ParameterCount:N0} |"),
        Invariant($"| vocabulary | {config.VocabSize:N0} |"),
        Invariant($"| width | {config.DModel:N0} |"),
        Invariant($"| blocks | {config.NLayers} |"),
        Invariant($"| query heads, key/value heads | {config.NHeads}, {config.NKvHeads} |"),
        Invariant($"| inner width of SwiGLU | {config.DFf:N0} |"),
        Invariant($"| context length | {config.MaxSeqLen:N0} tokens |"),
        $"| output projection | {(config.TieEmbeddings ? "the embedding" : "its own weights")} |",
        $"| weights | {(type == SafetensorsDtype.F32 ? "float32" : type == SafetensorsDtype.BF16 ? "bfloat16" : $"{type}")} |",
        "",
    ];

    private static IEnumerable<string> Usage(bool answersInTurns) =>
    [
        "## How to use", "",
        "The folder has the program of the model, so `trust_remote_code=True` is required: read `modeling_turkishllm.py` "
            + "first. It needs transformers 4.45 or later.", "",
        "```python",
        "from transformers import AutoModelForCausalLM, AutoTokenizer",
        "",
        "tokenizer = AutoTokenizer.from_pretrained(\"THIS_FOLDER\")",
        "model = AutoModelForCausalLM.from_pretrained(\"THIS_FOLDER\", trust_remote_code=True)",
        .. answersInTurns
            ? new[]
            {
                "messages = [{\"role\": \"user\", \"content\": \"Merhaba\"}]",
                "ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors=\"pt\", "
                    + "return_dict=True)",
            }
            :
            [
                "# A text begins with the token that a document begins with.",
                "ids = tokenizer(\"<|begin_of_text|>Türkiye\", add_special_tokens=False, return_tensors=\"pt\")",
                "ids.pop(\"token_type_ids\", None)",
            ],
        "print(tokenizer.decode(model.generate(**ids, max_new_tokens=64)[0]))",
        "```", "",
        "For llama.cpp and programs that are built on it, export the model as GGUF with TurkishLlm.", "",
    ];

    private static IEnumerable<string> Limits(ModelConfig config, bool answersInTurns, string? license) =>
    [
        "## Limits", "",
        Invariant($"- No sequence in training was longer than {config.MaxSeqLen:N0} tokens."),
        "- What the model writes may be wrong, and may repeat what is wrong or offensive in its data.",
        .. answersInTurns
            ? Array.Empty<string>()
            : ["- It continues text. It was not trained to answer questions or to follow instructions."],
        license is null
            ? "- No license was given when the model was exported: ask its owner before you use it."
            : $"- License: {license}. The license of the data may restrict the use further.",
    ];
}
