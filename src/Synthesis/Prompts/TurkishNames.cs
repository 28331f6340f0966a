namespace TurkishLlm.Synthesis.Prompts;

/// <summary>The Turkish names of question types and difficulties in prompts, replies and files.</summary>
public static class TurkishNames
{
    /// <summary>The types, in the order of the prompt.</summary>
    public static IReadOnlyList<QuestionType> Types { get; } = Enum.GetValues<QuestionType>();

    /// <summary>The difficulties, in ascending order.</summary>
    public static IReadOnlyList<Difficulty> Difficulties { get; } = Enum.GetValues<Difficulty>();

    /// <summary>Returns the name of a type.</summary>
    public static string GetName(QuestionType type) => type switch
    {
        QuestionType.Factual => "olgusal",
        QuestionType.Inferential => "çıkarımsal",
        QuestionType.List => "liste",
        QuestionType.Procedural => "prosedürel",
        QuestionType.Comparative => "karşılaştırmalı",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Returns the name of a difficulty.</summary>
    public static string GetName(Difficulty difficulty) => difficulty switch
    {
        Difficulty.Easy => "kolay",
        Difficulty.Medium => "orta",
        Difficulty.Hard => "zor",
        _ => throw new ArgumentOutOfRangeException(nameof(difficulty)),
    };

    /// <summary>Explains a type for a prompt, in Turkish.</summary>
    internal static string Explain(QuestionType type) => type switch
    {
        QuestionType.Factual => "tek bir bilgiyi sorar: nedir, kaçtır, kim yapar",
        QuestionType.Inferential => "birden çok bilgiden sonuç çıkarmayı gerektirir: neden, ne olur, hangi durumda",
        QuestionType.List => "sayılmasını ister: hangileri, nelerdir",
        QuestionType.Procedural => "adımları sorar: nasıl yapılır, hangi sırayla",
        QuestionType.Comparative => "iki şeyi karşılaştırır: farkı nedir, hangisi",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
