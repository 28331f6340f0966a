using System.Text.Json.Serialization;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A question and its answer.</summary>
/// <param name="Question">What is asked.</param>
/// <param name="Answer">What is answered.</param>
public sealed record QaTurn(string Question, string Answer);

/// <summary>A question and answer pair written by a model, or a short conversation.</summary>
/// <param name="Id">The group and the index in the reply.</param>
/// <param name="Group">The group of the request.</param>
/// <param name="Type">The question type.</param>
/// <param name="Difficulty">The difficulty.</param>
/// <param name="Turns">One turn, or several consecutive turns.</param>
/// <param name="Sources">Chunks that the model cites as sources.</param>
public sealed record QaPair(
    string Id, string Group, QuestionType Type, Difficulty Difficulty, IReadOnlyList<QaTurn> Turns, IReadOnlyList<string> Sources)
{
    /// <summary>True if there are several turns.</summary>
    [JsonIgnore]
    public bool IsConversation => Turns.Count > 1;
}
