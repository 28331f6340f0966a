using System.Text;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Inference.Chat;

/// <summary>
/// Builds a text from its tokens as they are generated, and decides which token ends it. <see cref="ChatModel"/> and the batch
/// scheduler use this class, so that their answers cannot differ.
/// </summary>
/// <remarks>Spec: GEN-16, GEN-31. Not thread-safe.</remarks>
public sealed class AnswerBuilder
{
    private readonly StreamingDecoder _decoder;
    private readonly StopSequenceFilter _stop;
    private readonly Action<string>? _onText;
    private readonly IReadOnlyList<int>? _endIds;
    private readonly List<int> _ids = [];
    private readonly StringBuilder _text = new();
    private StringBuilder? _call;
    private FinishReason? _ending;
    private int? _endId;

    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="stopSequences">Texts before which the text ends.</param>
    /// <param name="onText">Receives the text in complete characters.</param>
    /// <param name="endIds">
    /// Tokens that end a continued text; null for an answer, which every special token ends except the one that begins a tool
    /// call.
    /// </param>
    /// <exception cref="ArgumentException">A stop sequence is empty.</exception>
    public AnswerBuilder(
        Tokenizer tokenizer, IReadOnlyList<string> stopSequences, Action<string>? onText = null,
        IReadOnlyList<int>? endIds = null)
    {
        (_decoder, _stop) = (new StreamingDecoder(tokenizer), new StopSequenceFilter(stopSequences));
        (_onText, _endIds) = (onText, endIds);
    }

    /// <summary>The tokens so far, without the one that ended the text.</summary>
    public IReadOnlyList<int> TokenIds => _ids;

    /// <summary>Adds a token.</summary>
    /// <param name="id">Token id.</param>
    /// <returns>False if the text has ended.</returns>
    public bool Push(int id)
    {
        if (_ending is null && (_ending = FindEnding(id)) is not null) _endId = id;
        if (_ending is not null) return false;
        _ids.Add(id);
        if (_endIds is null && id == SpecialTokens.ToolCall)
        {
            Emit(_decoder.Flush());
            Emit(_stop.Flush(), checkStops: false);
            _call = new StringBuilder();
            return true;
        }
        Emit(_decoder.Push(id));
        if (!_stop.HasStopped) return true;
        _ending = FinishReason.StopSequence;
        return false;
    }

    /// <summary>Ends the text and returns it. Text that was held back is shown first.</summary>
    /// <param name="isCancelled">True if the caller canceled.</param>
    public Answer Build(bool isCancelled)
    {
        Emit(_decoder.Flush());
        Emit(_stop.Flush(), checkStops: false);
        var ending = _ending ?? (isCancelled ? FinishReason.Cancelled : FinishReason.Length);
        return new(_text.ToString(), ending, _ids) { ToolCall = _call?.ToString(), EndId = _endId };
    }

    private FinishReason? FindEnding(int id)
    {
        if (_endIds is not null) return _endIds.Contains(id) ? FinishReason.EndOfText : null;
        if (id >= SpecialTokens.Count || (id == SpecialTokens.ToolCall && _call is null)) return null;
        return id switch
        {
            SpecialTokens.EndOfTurn => FinishReason.EndOfTurn,
            SpecialTokens.StartHeader or SpecialTokens.Context or SpecialTokens.ToolOutput or SpecialTokens.BeginOfText =>
                FinishReason.OtherTurn,
            _ => FinishReason.ControlToken,
        };
    }

    // Stop sequences end the text, not a tool call.
    private void Emit(string chunk, bool checkStops = true)
    {
        if (checkStops && _call is null) chunk = _stop.Push(chunk);
        if (chunk.Length == 0) return;
        (_call ?? _text).Append(chunk);
        if (_call is null) _onText?.Invoke(chunk);
    }
}
