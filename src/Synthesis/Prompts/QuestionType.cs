using System.Text.Json.Serialization;

namespace TurkishLlm.Synthesis.Prompts;

/// <summary>The type of a question. Files use the Turkish names.</summary>
public enum QuestionType
{
    /// <summary>Asks for a single fact.</summary>
    [JsonStringEnumMemberName("olgusal")]
    Factual,

    /// <summary>Asks for a conclusion from several facts.</summary>
    [JsonStringEnumMemberName("çıkarımsal")]
    Inferential,

    /// <summary>Asks for an enumeration.</summary>
    [JsonStringEnumMemberName("liste")]
    List,

    /// <summary>Asks for steps.</summary>
    [JsonStringEnumMemberName("prosedürel")]
    Procedural,

    /// <summary>Asks for common features and differences of two things.</summary>
    [JsonStringEnumMemberName("karşılaştırmalı")]
    Comparative,
}
