using System.Text;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Tokenization.Chat;
using static System.FormattableString;

namespace TurkishLlm.Runs.Gguf;

/// <summary>A <c>Modelfile</c>, with which Ollama creates a model from a GGUF file.</summary>
/// <remarks>
/// The template has the rules of <see cref="ChatTemplate"/> for roles and texts. Ollama itself adds the token for the beginning
/// of the text. It cannot trim texts and knows neither context nor tool calls of this program. Source: Ollama, docs/modelfile.md
/// and docs/template.md.
/// </remarks>
public static class OllamaModelfile
{
    /// <summary>Returns the text of the file.</summary>
    /// <param name="weights">Name of the GGUF file beside it.</param>
    /// <param name="config">The model.</param>
    /// <param name="template">The chat template; null if the model was not trained on conversations.</param>
    /// <param name="stops">The tokens at which an answer stops.</param>
    /// <param name="sampling">The default sampling options.</param>
    /// <exception cref="ConfigurationException">The system prompt contains three double quotes in a row.</exception>
    public static string Create(
        string weights, ModelConfig config, ChatTemplate? template, IReadOnlyList<string> stops, SamplingOptions sampling)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(stops);
        ArgumentNullException.ThrowIfNull(sampling);
        const string quotes = "\"\"\"";
        var rules = template is null ? "{{ .Prompt }}" : CreateRules(template.Format);
        var text = new StringBuilder("FROM ./" + weights + "\nTEMPLATE " + quotes + rules + quotes + "\n");
        if (template?.System is { } system)
        {
            if (system.Contains(quotes, StringComparison.Ordinal))
                throw new ConfigurationException(
                    "The system prompt of the chat template contains three double quotes in a row, which end a text in a "
                        + "Modelfile of Ollama. Use another prompt.");
            text.Append("SYSTEM " + quotes + system + quotes + "\n");
        }
        foreach (var stop in stops) text.Append("PARAMETER stop \"" + stop + "\"\n");
        text.Append(Invariant($"PARAMETER temperature {sampling.Temperature}\nPARAMETER top_k {sampling.TopK}\n"));
        // Ollama has other defaults.
        text.Append(Invariant($"PARAMETER top_p {sampling.TopP}\nPARAMETER min_p 0\n"));
        text.Append(Invariant($"PARAMETER repeat_penalty {sampling.RepetitionPenalty}\nPARAMETER num_ctx {config.MaxSeqLen}\n"));
        return text.ToString();
    }

    // The rules of a format as a Go template.
    private static string CreateRules(ChatFormat format)
    {
        const string begin = "{{- range .Messages }}";
        var body = $"{{{{ .Content }}}}{(format.UserEnd is { } end
            ? $"{{{{ if eq .Role \"user\" }}}}{end}{{{{ else }}}}{format.End}{{{{ end }}}}"
            : format.End)}";
        var header = $"{{{{ if eq .Role \"tool\" }}}}{format.ToolHeader}"
            + $"{{{{ else if eq .Role \"assistant\" }}}}{format.AssistantHeader}";
        return format.SystemHeader is { } system
            ? $"{begin}{header}{{{{ else if eq .Role \"system\" }}}}{system}{{{{ else }}}}{format.UserHeader}{{{{ end }}}}{body}"
                + $"{{{{ end }}}}{format.AssistantHeader}"
            : "{{- $task := \"\" }}" + begin + "{{ if eq .Role \"system\" }}{{ $task = .Content }}{{ else }}"
                + $"{header}{{{{ else }}}}{format.UserHeader}"
                + "{{ if $task }}{{ $task }}\n\n{{ $task = \"\" }}{{ end }}{{ end }}"
                + $"{body}{{{{ end }}}}{{{{ end }}}}{format.AssistantHeader}";
    }
}
