using System.Text.Json.Serialization;

namespace TurkishLlm.Synthesis.Prompts;

/// <summary>What a question asks for. In files they have their Turkish names.</summary>
public enum QuestionType
{
    /// <summary>A single fact.</summary>
    [JsonStringEnumMemberName("olgusal")]
    Factual,

    /// <summary>A conclusion from several facts.</summary>
    [JsonStringEnumMemberName("çıkarımsal")]
    Inferential,

    /// <summary>An enumeration.</summary>
    [JsonStringEnumMemberName("liste")]
    List,

    /// <summary>Steps.</summary>
    [JsonStringEnumMemberName("prosedürel")]
    Procedural,

    /// <summary>What two things have in common, and what not.</summary>
    [JsonStringEnumMemberName("karşılaştırmalı")]
    Comparative,
}
