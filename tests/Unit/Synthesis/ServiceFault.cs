namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>A fault of the service instead of a proper reply.</summary>
internal enum ServiceFault
{
    None,
    Delay,
    TooManyRequests,
    ServerError,
    ClosedAtOnce,

    // From here on, the reply is created and charged, but lost.
    BrokenJson,
    Truncated,
    ClosedAfterPaying,
}
