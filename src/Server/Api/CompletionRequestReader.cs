using System.Text.Json;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Server.Api;

/// <summary>Reads requests to <c>/v1/completions</c>: texts that the model continues.</summary>
/// <param name="scheduler">Generates the texts.</param>
/// <param name="options">Defaults and limits.</param>
/// <param name="nextSeed">Returns the seed of a request without one.</param>
internal sealed class CompletionRequestReader(BatchScheduler scheduler, ServerOptions options, Func<long> nextSeed)
{
    private const int MaxLogprobs = 20;

    /// <exception cref="ApiException">A field is invalid, or a prompt is too long.</exception>
    public GenerationCall Read(RequestFields fields, string client)
    {
        ModelField.Check(fields, options);
        fields.Refuse("echo", value => value.ValueKind == JsonValueKind.False, "Put the prompt before the text yourself.");
        fields.Refuse("suffix", value => value.ValueKind == JsonValueKind.String && value.GetString() is "", "Omit it.");
        fields.Refuse("best_of", value => value.ValueKind == JsonValueKind.Number && value.GetRawText() == "1", "Use n.");
        var sampling = SamplingFields.Read(fields, options, nextSeed, scheduler.Config.VocabSize);
        var prompts = ReadPrompts(fields);
        if (prompts.Count * sampling.Choices > options.MaxChoices)
            throw ApiException.Invalid(FormattableString.Invariant(
                $"The request asks for {prompts.Count * sampling.Choices} texts; at most {options.MaxChoices} are supported."),
                "prompt");
        var top = fields.GetInteger("logprobs", 0, MaxLogprobs);
        var grammar = ResponseFormat.Read(fields);
        var requests = prompts.SelectMany(prompt => GenerationCall.Repeat(
            new TextRequest(prompt, sampling.Options)
            {
                StopSequences = sampling.StopSequences,
                LogitBias = sampling.LogitBias,
                TopLogprobs = top,
                Grammar = grammar,
                EndIds = SpecialTokens.DocumentBorders,
                Client = client + sampling.User,
            },
            sampling.Choices));
        return new([.. requests], sampling, []);
    }

    private IReadOnlyList<IReadOnlyList<int>> ReadPrompts(RequestFields fields)
    {
        var prompt = fields.Find("prompt")
            ?? throw ApiException.Invalid("prompt is missing; give a text.", "prompt", "missing_field");
        var isOneOfIds = prompt.ValueKind == JsonValueKind.Array
            && prompt.EnumerateArray().FirstOrDefault().ValueKind == JsonValueKind.Number;
        JsonElement[] prompts = prompt.ValueKind == JsonValueKind.Array && !isOneOfIds ? [.. prompt.EnumerateArray()] : [prompt];
        if (prompts.Length == 0) throw ApiException.Invalid("prompt has no text; give at least one.", "prompt");
        return [.. prompts.Select(item => CheckLength(ReadPrompt(fields, item)))];
    }

    private IReadOnlyList<int> ReadPrompt(RequestFields fields, JsonElement prompt)
    {
        if (prompt.ValueKind == JsonValueKind.String)
            return
            [
                SpecialTokens.BeginOfText,
                .. scheduler.Tokenizer.EncodeToIds(TextNormalizer.ToNfc(prompt.GetString()!)),
            ];
        if (prompt.ValueKind != JsonValueKind.Array || prompt.GetArrayLength() == 0)
            throw fields.WrongType("prompt", prompt, "a text, a list of token ids, or a list of these");
        return TokenField.Read(fields, "prompt", prompt, scheduler.Config.VocabSize);
    }

    private IReadOnlyList<int> CheckLength(IReadOnlyList<int> prompt) =>
        prompt.Count < scheduler.ContextLength ? prompt : throw ApiException.Invalid(FormattableString.Invariant(
            $"The prompt has {prompt.Count} tokens; the model's context of {scheduler.ContextLength} must also hold the text. ")
                + "Shorten the prompt.", "prompt", "context_length_exceeded");
}
