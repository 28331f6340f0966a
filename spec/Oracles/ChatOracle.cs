using TurkishLlm.Spec.Tokenization;

namespace TurkishLlm.Spec.Oracles;

/// <summary>A second implementation of the chat template, turn by turn, on the naive encoder.</summary>
/// <remarks>Source: Llama 3 model card, "Prompt format"; reference report on fine-tuning, sections 7 and 8.</remarks>
/// <param name="encoder">The naive encoder of the tokenizer.</param>
public sealed class ChatOracle(BytePairEncoderOracle encoder)
{
    /// <summary>Returns tokens and loss mask of a conversation in which every answer is learned.</summary>
    public MaskedTokens Render(IEnumerable<ChatTurn> turns)
    {
        var (ids, learned) = (new List<int> { 0 }, new List<bool> { false });
        foreach (var turn in turns)
        {
            foreach (var context in turn.Context ?? [])
            {
                Add(false, 9);
                Write(false, context);
                Add(false, 6);
            }
            if (turn.Role == "tool") Add(false, 8);
            else
            {
                Add(false, 4);
                Write(false, turn.Role);
                Add(false, 5);
                Write(false, "\n\n");
            }
            var answer = turn.Role == "assistant";
            Write(answer, turn.Text);
            if (turn.Call is not null)
            {
                Add(answer, 7);
                Write(answer, turn.Call);
            }
            Add(answer, 6);
        }
        return new(ids, learned);

        void Add(bool mark, int id)
        {
            ids.Add(id);
            learned.Add(mark);
        }

        void Write(bool mark, string text)
        {
            foreach (var id in Encode(text)) Add(mark, id);
        }
    }

    /// <summary>Returns the prompt of an answer.</summary>
    public IReadOnlyList<int> Prompt(IEnumerable<ChatTurn> turns) =>
        [.. Render(turns).Ids, 4, .. Encode("assistant"), 5, .. Encode("\n\n")];

    /// <summary>Returns the tokens of a text without control tokens.</summary>
    public IEnumerable<int> Encode(string text) => encoder.Encode(text);
}
