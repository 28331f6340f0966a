namespace TurkishLlm.Evaluation.Tasks;

/// <summary>How the rows of a public benchmark are asked.</summary>
public enum TaskStyle
{
    /// <summary>The question lists its choices as A), B), C) …, and the answer is a letter, as in MMLU.</summary>
    Mmlu,

    /// <summary>The question has no list of choices, and the answers are the texts of the choices, as in ARC.</summary>
    Arc,

    /// <summary>The answer is a calculation that ends with <c>####</c> and a number, as in GSM8K.</summary>
    Gsm8k,

    /// <summary>The answer is a part of the context, as in SQuAD and XQuAD.</summary>
    Xquad,
}
