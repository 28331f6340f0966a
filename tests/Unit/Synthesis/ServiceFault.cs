namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>What a service does in place of a proper reply.</summary>
internal enum ServiceFault
{
    None,
    Delay,
    TooManyRequests,
    ServerError,
    ClosedAtOnce,

    // From here on the reply is made and paid, and lost on the way.
    BrokenJson,
    Truncated,
    ClosedAfterPaying,
}
