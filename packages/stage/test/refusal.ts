/** What the API answered to a call of the official client that is wrong on purpose. */
export async function refusalOf(failing: Promise<unknown>): Promise<[number, string]> {
  try {
    await failing;
  } catch (error) {
    if (error instanceof Error && "status" in error && "response" in error) {
      const data: unknown = Reflect.get(Object(error.response), "data");
      const errors: unknown = Reflect.get(Object(data), "errors");
      const details = Array.isArray(errors) ? `: ${JSON.stringify(errors)}` : "";
      return [Number(error.status), `${String(Reflect.get(Object(data), "message"))}${details}`];
    }
    throw error;
  }
  throw new Error("the call was not refused");
}
